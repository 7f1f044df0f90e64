#include "eventbus/base/metrics.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>
#include <thread>

namespace eventbus {
namespace {

TEST(Metrics, AreWrittenInPrometheusTextOrderedByNameAndLabels) {
    MetricsRegistry metrics;
    metrics.gauge("eventbusd_b", "Second\\ of\ntwo.").set(0.25);
    metrics.counter("eventbusd_a_total", "First.", MetricsRegistry::label("t", "y")).add(2);
    metrics.counter("eventbusd_a_total", "First.", MetricsRegistry::label("t", "x")).add();
    metrics.counter("eventbusd_c_total", "No labels.");
    EXPECT_EQ(
        metrics.render(),
        "# HELP eventbusd_a_total First.\n"
        "# TYPE eventbusd_a_total counter\n"
        "eventbusd_a_total{t=\"x\"} 1\n"
        "eventbusd_a_total{t=\"y\"} 2\n"
        "# HELP eventbusd_b Second\\\\ of\\ntwo.\n"
        "# TYPE eventbusd_b gauge\n"
        "eventbusd_b 0.25\n"
        "# HELP eventbusd_c_total No labels.\n"
        "# TYPE eventbusd_c_total counter\n"
        "eventbusd_c_total 0\n");
}

TEST(Metrics, GiveTheSameObjectForTheSameNameAndLabels) {
    MetricsRegistry metrics;
    Counter& first = metrics.counter("eventbusd_x_total", "X.", "a=\"1\"");
    for (int i = 0; i < 1000; ++i) {
        metrics.counter("eventbusd_x_total", "X.", "a=\"many" + std::to_string(i) + "\"");
    }
    EXPECT_EQ(&first, &metrics.counter("eventbusd_x_total", "X.", "a=\"1\""));
    EXPECT_THROW(metrics.gauge("eventbusd_x_total", "X."), std::logic_error);
}

TEST(Metrics, CountLatenciesInCumulativeBuckets) {
    MetricsRegistry metrics;
    Histogram& latency = metrics.latency("eventbusd_l_seconds", "L.", "op=\"put\"");
    for (const double v : {0.0, 0.0001, 0.5, 30.0, 31.0}) {
        latency.observe(v);
    }
    const std::string text = metrics.render();
    for (const std::string_view line :
         {"eventbusd_l_seconds_bucket{op=\"put\",le=\"0.0001\"} 2\n",
          "eventbusd_l_seconds_bucket{op=\"put\",le=\"0.25\"} 2\n",
          "eventbusd_l_seconds_bucket{op=\"put\",le=\"0.5\"} 3\n",
          "eventbusd_l_seconds_bucket{op=\"put\",le=\"30\"} 4\n",
          "eventbusd_l_seconds_bucket{op=\"put\",le=\"+Inf\"} 5\n",
          "eventbusd_l_seconds_sum{op=\"put\"} 61.5001\n",
          "eventbusd_l_seconds_count{op=\"put\"} 5\n"}) {
        EXPECT_NE(text.find(line), std::string::npos) << line << text;
    }
}

TEST(Metrics, WriteWhatIsNotAFiniteNumberAsPrometheusWantsIt) {
    MetricsRegistry metrics;
    metrics.gauge("a", "A.").set(std::numeric_limits<double>::infinity());
    metrics.gauge("b", "B.").set(-std::numeric_limits<double>::infinity());
    metrics.gauge("c", "C.").set(std::numeric_limits<double>::quiet_NaN());
    const std::string text = metrics.render();
    EXPECT_NE(text.find("\na +Inf\n"), std::string::npos);
    EXPECT_NE(text.find("\nb -Inf\n"), std::string::npos);
    EXPECT_NE(text.find("\nc NaN\n"), std::string::npos);
}

TEST(Metrics, RefreshBeforeTheyAreReadEvenIfThatCreatesOne) {
    MetricsRegistry metrics;
    metrics.before_render([&] { metrics.gauge("late", "Created while rendering.").set(7); });
    EXPECT_NE(metrics.render().find("\nlate 7\n"), std::string::npos);
}

TEST(Metrics, LabelsEscapeQuotesBackslashesAndNewlines) {
    EXPECT_EQ(MetricsRegistry::label("k", "a\"b\\c\nd"), "k=\"a\\\"b\\\\c\\nd\"");
}

TEST(Metrics, LoseNothingWhenThreadsCountTogether) {
    MetricsRegistry metrics;
    std::thread threads[4];
    for (auto& thread : threads) {
        thread = std::thread([&] {
            for (int i = 0; i < 10'000; ++i) {
                metrics.counter("n_total", "N.").add();
                metrics.latency("l_seconds", "L.").observe(1);
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(metrics.counter("n_total", "N.").value(), 40'000U);
    EXPECT_EQ(metrics.latency("l_seconds", "L.").sum(), 40'000);
}

}  // namespace
}  // namespace eventbus
