// match_bench DATA [Google Benchmark's options]: what matching costs beside what parsing costs.
//
// DATA is what gen_events.py makes: lots.jsonl, env.jsonl, lots-rules/, env-rules/. Every figure is
// events a second of one thread, from text, and stands beside P: a full walk of the same events
// with simdjson on demand, all values decoded. Before a rule set is measured, the matches of each
// rule are counted over all events and compared with the golden numbers.

#include "eventbus/match/rule_index.hpp"

#include "catalog_state.hpp"
#include "support/hostile_wildcards.hpp"

#include <benchmark/benchmark.h>
#include <malloc.h>
#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using eventbus::RuleId;
using Counts = std::vector<std::size_t>;

struct Workload {
    const char* events;  // lots or env
    const char* rules;   // the file's name
    double wanted;       // of P, untrusted
    double wanted_trusted;
    Counts golden;          // matches of each rule over all events
    double golden_average;  // matches an event, where the rules are many
};

const std::vector<Workload>& workloads() {
    static const Counts kAnythingBut{211163, 210445, 96932, 121, 210789};
    static const std::vector<Workload> kAll{
        {"lots", "exact", 1.1, 1.8, {1, 101, 35, 656, 1}, 0},
        {"lots", "prefix", 1.1, 1.8, {16, 471, 33, 2328, 332}, 0},
        {"lots", "prefix_ic", 1.1, 1.8, {16, 471, 33, 2328, 332}, 0},
        {"lots", "suffix", 1.1, 1.8, {19940, 852, 14, 1981, 722}, 0},
        {"lots", "suffix_ic", 1.1, 1.8, {19940, 852, 14, 1981, 722}, 0},
        {"lots", "wildcard", 1.1, 1.8, {262, 764, 40, 1643, 1}, 0},
        {"lots", "equals_ic", 1.1, 1.8, {148, 215, 1755, 791, 116136}, 0},
        {"lots", "numeric", 0.8, 0, {218, 121, 180957, 32105, 117153}, 0},
        {"lots", "anything_but", 0.8, 0, kAnythingBut, 0},
        {"lots", "anything_but_ic", 0.8, 0, kAnythingBut, 0},
        {"lots", "anything_but_prefix", 0.8, 0, {211163, 210445, 96932, 121, 210538}, 0},
        {"lots", "anything_but_suffix", 0.8, 0, {211163, 210445, 94016, 0, 208668}, 0},
        {"lots", "anything_but_wildcard", 0.8, 0, {212806, 212304, 213028, 211425, 213067}, 0},
        {"lots", "complex_arrays", 0.35, 0, {218, 1, 181417, 32654, 118249}, 0},
        {"lots", "partial_combo", 0.35, 0, {}, 20.226},
        {"lots", "combo", 0.35, 0, {}, 21.787},
        {"env", "env_1", 0.6, 0, {6137}, 0},
        {"env", "env_100", 0.45, 0, {}, 1.242},
        {"env", "env_1000", 0.4, 0, {}, 1.338},
        {"env", "env_10000", 0.33, 0, {}, 1.631},
        {"env", "env_100000", 0.2, 0, {}, 0},
        {"env", "wild_1000", 0.1, 0, {}, 0.037},
    };
    return kAll;
}

std::vector<std::string> read_lines(const std::string& path) {
    std::ifstream in(path);
    if (!in) {
        throw std::runtime_error("cannot read " + path);
    }
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

// The patterns of {"name":…,"pattern":…} lines, as text.
std::vector<std::string> read_patterns(const std::string& path) {
    simdjson::dom::parser parser;
    std::vector<std::string> patterns;
    for (const std::string& line : read_lines(path)) {
        patterns.push_back(simdjson::to_string(parser.parse(line)["pattern"].value()));
    }
    return patterns;
}

std::unique_ptr<eventbus::RuleIndexBuilder> build(const std::vector<std::string>& patterns) {
    auto builder = eventbus::make_rule_index_builder();
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        auto compiled = eventbus::compile_event_pattern(patterns[i]);
        if (!compiled) {
            throw std::runtime_error(patterns[i] + ": " + compiled.error().message());
        }
        builder->put(static_cast<RuleId>(i), std::move(*compiled));
    }
    return builder;
}

struct Data {
    std::string folder;
    std::map<std::string, std::vector<simdjson::padded_string>> events;

    std::vector<std::string> patterns_of(const Workload& workload) const {
        const std::string kind = workload.events;
        return read_patterns(folder + "/" + kind + "-rules/full/" + workload.rules + ".jsonl");
    }
};

std::string_view text_of(const simdjson::padded_string& event) {
    return {event.data(), event.size()};
}

// Throws unless the matches are the golden ones.
void check_matches(const Data& data, const Workload& workload, const eventbus::RuleIndex& index) {
    eventbus::MatchScratch scratch;
    std::vector<RuleId> matched;
    Counts counts(index.rule_count());
    std::size_t total = 0;
    const auto& events = data.events.at(workload.events);
    for (const auto& event : events) {
        if (!index.match(text_of(event), scratch, matched)) {
            throw std::runtime_error("an event was refused");
        }
        for (const RuleId id : matched) {
            ++counts[id];
        }
        total += matched.size();
    }
    const double average = static_cast<double>(total) / static_cast<double>(events.size());
    std::printf("%-22s %9zu matches, %.3f an event", workload.rules, total, average);
    if (!workload.golden.empty() && counts != workload.golden) {
        throw std::runtime_error(std::string(workload.rules) + ": not the golden counts");
    }
    if (workload.golden_average > 0 && std::abs(average - workload.golden_average) > 0.0006) {
        throw std::runtime_error(std::string(workload.rules) + ": not the golden average");
    }
    const bool is_golden = !workload.golden.empty() || workload.golden_average > 0;
    std::printf("%s\n", is_golden ? ", as they should be" : "");
}

namespace od = simdjson::ondemand;

std::size_t walk(od::value value) {
    std::size_t sum = 0;
    switch (value.type()) {
        case od::json_type::object:
            for (auto field : value.get_object()) {
                sum += field.unescaped_key().value().size();
                sum += walk(field.value());
            }
            break;
        case od::json_type::array:
            for (auto element : value.get_array()) {
                sum += walk(element.value());
            }
            break;
        case od::json_type::string:
            sum += value.get_string().value().size();
            break;
        case od::json_type::number:
            sum += static_cast<std::size_t>(value.get_double().value());
            break;
        case od::json_type::boolean:
            sum += bool(value.get_bool()) ? 1 : 0;
            break;
        case od::json_type::null:
            ++sum;
            break;
    }
    return sum;
}

enum class Entrance { untrusted, trusted };

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// The events of a kind from some place on, round and round.
class EventLoop {
public:
    EventLoop(const std::vector<simdjson::padded_string>& events, std::size_t first)
        : events_(events), next_(first) {}

    const simdjson::padded_string& next() {
        const auto& event = events_[next_];
        next_ = next_ + 1 == events_.size() ? 0 : next_ + 1;
        return event;
    }

private:
    const std::vector<simdjson::padded_string>& events_;
    std::size_t next_;
};

// Parsing and matching take turns of a millisecond or so, so that both meet the same moments of a
// machine that others use too. Their events lie half a file apart: neither finds them in the caches
// because the other has just read them.
constexpr int kEventsATurn = 1000;
constexpr int kTurns = 25;

void measure(
    benchmark::State& state,
    const std::vector<simdjson::padded_string>& events,
    const eventbus::RuleIndex& index,
    Entrance entrance) {
    od::parser parser;
    eventbus::MatchScratch scratch;
    std::vector<RuleId> matched;
    EventLoop parsed(events, 0);
    EventLoop matching(events, events.size() / 2);
    double parsing_seconds = 0;
    double matching_seconds = 0;
    for (auto _ : state) {
        const double start = cpu_seconds();
        for (int i = 0; i < kEventsATurn; ++i) {
            od::document document = parser.iterate(parsed.next());
            benchmark::DoNotOptimize(walk(document.get_value().value()));
        }
        const double between = cpu_seconds();
        for (int i = 0; i < kEventsATurn; ++i) {
            const std::string_view event = text_of(matching.next());
            const auto done = entrance == Entrance::trusted
                                  ? index.match_trusted(event, scratch, matched)
                                  : index.match(event, scratch, matched);
            benchmark::DoNotOptimize(done.has_value());
        }
        const double end = cpu_seconds();
        parsing_seconds += between - start;
        matching_seconds += end - between;
        state.SetIterationTime(end - between);
    }
    const double count = static_cast<double>(state.iterations()) * kEventsATurn;
    state.counters["matched"] = count / matching_seconds;
    state.counters["parsed"] = count / parsing_seconds;
}

std::size_t resident_bytes() {
    std::ifstream in("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    in >> total >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

void print_limit(const char* what, double measured, const char* unit, double limit) {
    std::printf(
        "%-42s %8.2f %-2s   goal %6.1f   %s\n",
        what,
        measured,
        unit,
        limit,
        measured <= limit ? "reached" : "NOT REACHED");
}

// A hundred thousand rules: how long they take to build, how much memory they and their texts take,
// and how soon a change among them can be matched. Processor time, as others may be using it too.
void measure_building(const std::string& folder) {
    malloc_trim(0);
    const std::size_t before = resident_bytes();
    const auto patterns = read_patterns(folder + "/env-rules/full/env_100000.jsonl");
    const double start = cpu_seconds();
    auto builder = build(patterns);
    const double compiled = cpu_seconds();
    eventbus::RuleIndexPtr index = builder->snapshot();
    const double built = cpu_seconds();
    malloc_trim(0);
    const std::size_t after = resident_bytes();
    std::vector<double> changes;
    for (RuleId id = 0; id < 1000; ++id) {
        auto pattern = eventbus::compile_event_pattern(patterns[id * 7 + 1]);
        const double from = cpu_seconds();
        if (id % 2 == 0) {
            builder->put(id * 97 % 100'000, std::move(*pattern));
        } else {
            builder->remove(id * 97 % 100'000);
        }
        index = builder->snapshot();
        changes.push_back((cpu_seconds() - from) * 1e3);
    }
    std::sort(changes.begin(), changes.end());
    print_limit("build 100,000 rules from text", built - start, "s", 1.5);
    std::printf("    of which compiling the patterns %.2f s\n", compiled - start);
    print_limit("one change among them, median", changes[changes.size() / 2], "ms", 5);
    print_limit("one change among them, slowest of 1,000", changes.back(), "ms", 5);
    print_limit(
        "memory for all, rule texts included",
        static_cast<double>(after - before) / 1e6,
        "MB",
        100);
}

// The rule of a bench's pattern, as PutRule and PutTargets leave it.
eventbus::Rule rule_of(std::size_t number, const std::string& pattern, const char* target) {
    eventbus::Rule rule;
    rule.name = "rule-" + std::to_string(number);
    rule.bus_arn = "arn:aws:events:us-east-1:000000000000:event-bus/bench";
    rule.arn = "arn:aws:events:us-east-1:000000000000:rule/bench/" + rule.name;
    rule.event_pattern = pattern;
    eventbus::Target bound;
    bound.id = target;
    bound.arn = "http://127.0.0.1:9000/hook";
    rule.targets.push_back(std::move(bound));
    return rule;
}

// The same rules in the catalog, each with a target: what all of it takes, and how soon one change
// is published, the index included.
void measure_catalog(const std::string& folder) {
    malloc_trim(0);
    const std::size_t before = resident_bytes();
    eventbus::bus::CatalogState catalog;
    const auto compile = [](const std::string& pattern) {
        return *eventbus::compile_event_pattern(pattern);
    };
    std::size_t count = 0;
    {
        eventbus::EventBus bus;
        bus.name = "bench";
        bus.arn = "arn:aws:events:us-east-1:000000000000:event-bus/bench";
        catalog.put_bus(bus);
        for (const auto& pattern : read_patterns(folder + "/env-rules/full/env_100000.jsonl")) {
            catalog.put_rule(
                rule_of(count, pattern, "one"),
                compile(pattern),
                {static_cast<eventbus::LaneId>(count + 1)});
            ++count;
        }
    }
    auto snapshot = catalog.publish();
    malloc_trim(0);
    const std::size_t after = resident_bytes();
    const auto texts = read_patterns(folder + "/env-rules/full/env_1000.jsonl");
    const auto slowest_of = [&](auto&& change) {
        double slowest = 0;
        for (std::size_t i = 0; i < 1000; ++i) {
            const auto pattern = compile(texts[i]);
            const double from = cpu_seconds();
            change(i * 97 % count, pattern, texts[i]);
            snapshot = catalog.publish();
            slowest = std::max(slowest, (cpu_seconds() - from) * 1e3);
        }
        return slowest;
    };
    using eventbus::EventPatternPtr;
    const auto lane = [](std::size_t n) {
        return std::vector<eventbus::LaneId>{static_cast<eventbus::LaneId>(n + 1)};
    };
    const double pattern_ms =
        slowest_of([&](std::size_t n, const EventPatternPtr& pattern, const std::string& text) {
            catalog.put_rule(rule_of(n, text, "one"), pattern, lane(n));
        });
    const double target_ms =
        slowest_of([&](std::size_t n, const EventPatternPtr&, const std::string&) {
            const auto& bus = catalog.buses().begin()->second;
            const auto& known = bus.rules.find("rule-" + std::to_string(n))->second;
            auto rule = *known.live->rule;
            rule.targets.front().id = "two";
            catalog.put_rule(std::move(rule), nullptr, lane(n));
        });
    const double removal_ms =
        slowest_of([&](std::size_t n, const EventPatternPtr&, const std::string&) {
            catalog.erase_rule(
                catalog.buses().begin()->first,
                "rule-" + std::to_string((n + 1) % count));
        });
    print_limit("a rule's pattern changes, slowest of 1,000", pattern_ms, "ms", 5);
    print_limit("a rule's target changes, slowest of 1,000", target_ms, "ms", 5);
    print_limit("a rule goes, slowest of 1,000", removal_ms, "ms", 5);
    std::printf(
        "    memory with names, ARNs and a target each %.0f MB\n",
        static_cast<double>(after - before) / 1e6);
}

// Wildcards that are made to cost much: the slowest value of each set, in processor time, and the
// memory of the index.
void measure_hostile(const eventbus::test::HostileWildcards& set) {
    malloc_trim(0);
    const std::size_t before = resident_bytes();
    const auto builder = build(set.patterns);
    const eventbus::RuleIndexPtr index = builder->snapshot();
    malloc_trim(0);
    const std::size_t after = resident_bytes();
    eventbus::MatchScratch scratch;
    std::vector<RuleId> matched;
    double slowest = 0;
    for (const auto& value : set.values) {
        const std::string event = eventbus::test::HostileWildcards::event(value);
        std::vector<double> times;
        for (int i = 0; i < 9; ++i) {
            const double from = cpu_seconds();
            const auto done = index->match(event, scratch, matched);
            times.push_back((cpu_seconds() - from) * 1e3);
            if (!done || matched.size() != value.matches) {
                throw std::runtime_error(set.name + ": not the matches there should be");
            }
        }
        std::sort(times.begin(), times.end());
        slowest = std::max(slowest, times[times.size() / 2]);
    }
    print_limit((set.name + ", 256 KiB").c_str(), slowest, "ms", 10);
    print_limit("    memory of them", static_cast<double>(after - before) / 1e6, "MB", 256);
}

// Keeps what each run measured, to print the table at the end.
class Results final : public benchmark::BenchmarkReporter {
public:
    struct Row {
        double matched = 0;  // events a second
        double parsed = 0;
        double ratio = 0;
    };

    bool ReportContext(const Context&) override { return true; }

    void ReportRuns(const std::vector<Run>& runs) override {
        for (const Run& run : runs) {
            if (run.run_type == Run::RT_Iteration) {
                const double matched = run.counters.at("matched");
                const double parsed = run.counters.at("parsed");
                rows_[run.run_name.function_name].push_back({matched, parsed, matched / parsed});
            }
        }
    }

    // The run with the median ratio; none if nothing was measured.
    std::optional<Row> median(const std::string& name) {
        auto& rows = rows_[name];
        if (rows.empty()) {
            return std::nullopt;
        }
        std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
            return a.ratio < b.ratio;
        });
        return rows[rows.size() / 2];
    }

private:
    std::map<std::string, std::vector<Row>> rows_;
};

void print_row(const std::string& name, const Results::Row& row, double wanted) {
    std::printf(
        "%-30s %9.0f events/s   P %9.0f   %.2f P",
        name.c_str(),
        row.matched,
        row.parsed,
        row.ratio);
    if (wanted > 0) {
        std::printf("   goal %.2f P   %s", wanted, row.ratio >= wanted ? "reached" : "NOT REACHED");
    }
    std::printf("\n");
}

// The index of a workload, built and checked when it is first measured.
class LazyIndex {
public:
    LazyIndex(const Data& data, const Workload& workload) : data_(data), workload_(workload) {}

    const eventbus::RuleIndex& get() {
        if (!index_) {
            index_ = build(data_.patterns_of(workload_))->snapshot();
            check_matches(data_, workload_, *index_);
        }
        return *index_;
    }

private:
    const Data& data_;
    const Workload& workload_;
    eventbus::RuleIndexPtr index_;
};

std::string name_of(const Workload& workload, Entrance entrance) {
    return workload.rules + std::string(entrance == Entrance::trusted ? "/trusted" : "");
}

void register_all(const Data& data) {
    for (const Workload& workload : workloads()) {
        const auto index = std::make_shared<LazyIndex>(data, workload);
        const auto& events = data.events.at(workload.events);
        for (const auto entrance : {Entrance::untrusted, Entrance::trusted}) {
            benchmark::RegisterBenchmark(
                name_of(workload, entrance).c_str(),
                [&events, index, entrance](auto& state) {
                    measure(state, events, index->get(), entrance);
                })
                ->UseManualTime()
                ->Iterations(kTurns);
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (argc != 2) {
        std::fprintf(stderr, "usage: match_bench DATA [--benchmark_…]\n");
        return 2;
    }
    Data data;
    data.folder = argv[1];
    measure_building(data.folder);
    measure_catalog(data.folder);
    measure_hostile(eventbus::test::HostileWildcards::of_five_pieces());
    measure_hostile(eventbus::test::HostileWildcards::of_five_wildcards());
    for (const char* kind : {"lots", "env"}) {
        for (const std::string& line : read_lines(data.folder + "/" + kind + ".jsonl")) {
            data.events[kind].emplace_back(line);
        }
    }
    register_all(data);
    Results results;
    benchmark::RunSpecifiedBenchmarks(&results);
    std::printf("\nP: a full walk with simdjson on demand, all values decoded; medians\n");
    for (const Workload& workload : workloads()) {
        for (const auto entrance : {Entrance::untrusted, Entrance::trusted}) {
            const std::string name = name_of(workload, entrance);
            if (const auto row = results.median(name)) {
                print_row(
                    name,
                    *row,
                    entrance == Entrance::trusted ? workload.wanted_trusted : workload.wanted);
            }
        }
    }
    return 0;
}
