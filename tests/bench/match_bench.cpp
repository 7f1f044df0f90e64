// match_bench DATA [Google Benchmark's options]: what matching costs beside what parsing costs.
//
// DATA is what gen_events.py makes: lots.jsonl, env.jsonl, lots-rules/, env-rules/. Every figure is
// events a second of one thread, from text, and stands beside P: a full walk of the same events
// with simdjson on demand, all values decoded. Before anything is measured, the matches of each
// rule are counted over all events and compared with the golden numbers.

#include "eventbus/match/rule_index.hpp"

#include <benchmark/benchmark.h>
#include <malloc.h>
#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
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

void measure_parsing(benchmark::State& state, const std::vector<simdjson::padded_string>& events) {
    od::parser parser;
    std::size_t next = 0;
    for (auto _ : state) {
        for (int i = 0; i < 64; ++i) {
            od::document document = parser.iterate(events[next]);
            benchmark::DoNotOptimize(walk(document.get_value().value()));
            next = next + 1 == events.size() ? 0 : next + 1;
        }
    }
    state.SetItemsProcessed(state.iterations() * 64);
}

enum class Entrance { untrusted, trusted };

void measure_matching(
    benchmark::State& state,
    const std::vector<simdjson::padded_string>& events,
    const eventbus::RuleIndex& index,
    Entrance entrance) {
    eventbus::MatchScratch scratch;
    std::vector<RuleId> matched;
    std::size_t next = 0;
    for (auto _ : state) {
        for (int i = 0; i < 64; ++i) {
            const std::string_view event = text_of(events[next]);
            const auto done = entrance == Entrance::trusted
                                  ? index.match_trusted(event, scratch, matched)
                                  : index.match(event, scratch, matched);
            benchmark::DoNotOptimize(done.has_value());
            next = next + 1 == events.size() ? 0 : next + 1;
        }
    }
    state.SetItemsProcessed(state.iterations() * 64);
}

std::size_t resident_bytes() {
    std::ifstream in("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    in >> total >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
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
    std::printf(
        "build 100,000 rules from text: %.2f s (compile %.2f, index %.2f), to reach 1.5 s\n"
        "one change among them: median %.2f ms, slowest of 1,000 %.2f ms, to reach 5 ms\n"
        "memory for all, texts included: %.1f MB, to reach 100 MB\n",
        built - start,
        compiled - start,
        built - compiled,
        changes[changes.size() / 2],
        changes.back(),
        static_cast<double>(after - before) / 1e6);
}

// Keeps each run's rate, to print the table at the end.
class Rates final : public benchmark::BenchmarkReporter {
public:
    bool ReportContext(const Context&) override { return true; }

    void ReportRuns(const std::vector<Run>& runs) override {
        for (const Run& run : runs) {
            if (run.run_type == Run::RT_Iteration) {
                rates_[run.run_name.function_name].push_back(run.counters.at("items_per_second"));
            }
        }
    }

    double median(const std::string& name) {
        auto& rates = rates_.at(name);
        std::sort(rates.begin(), rates.end());
        return rates[rates.size() / 2];
    }

    bool has(const std::string& name) const { return rates_.contains(name); }

private:
    std::map<std::string, std::vector<double>> rates_;
};

void print_row(Rates& rates, const std::string& name, const std::string& parsing, double wanted) {
    if (!rates.has(name) || !rates.has(parsing)) {
        return;
    }
    const double rate = rates.median(name);
    const double ratio = rate / rates.median(parsing);
    std::printf("%-32s %11.0f events/s  %.2f P", name.c_str(), rate, ratio);
    if (wanted > 0) {
        std::printf("  to reach %.2f P  %s", wanted, ratio >= wanted ? "reached" : "NOT REACHED");
    }
    std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: match_bench DATA [--benchmark_…]\n");
        return 2;
    }
    Data data;
    data.folder = argv[1];
    std::swap(argv[0], argv[1]);
    ++argv;
    --argc;
    measure_building(data.folder);
    for (const char* kind : {"lots", "env"}) {
        for (const std::string& line : read_lines(data.folder + "/" + kind + ".jsonl")) {
            data.events[kind].emplace_back(line);
        }
    }
    for (const auto& [kind, events] : data.events) {
        benchmark::RegisterBenchmark(("P/" + kind).c_str(), [&events = events](auto& state) {
            measure_parsing(state, events);
        });
    }
    for (const Workload& workload : workloads()) {
        const eventbus::RuleIndexPtr index = build(data.patterns_of(workload))->snapshot();
        check_matches(data, workload, *index);
        const auto& events = data.events.at(workload.events);
        for (const auto entrance : {Entrance::untrusted, Entrance::trusted}) {
            const std::string name =
                std::string(workload.rules) + (entrance == Entrance::trusted ? "/trusted" : "");
            benchmark::RegisterBenchmark(name.c_str(), [&events, index, entrance](auto& state) {
                measure_matching(state, events, *index, entrance);
            });
        }
    }
    benchmark::Initialize(&argc, argv);
    Rates rates;
    benchmark::RunSpecifiedBenchmarks(&rates);
    for (const char* const parsing : {"P/lots", "P/env"}) {
        if (rates.has(parsing)) {
            std::printf("%-32s %11.0f events/s\n", parsing, rates.median(parsing));
        }
    }
    for (const Workload& workload : workloads()) {
        const std::string parsing = std::string("P/") + workload.events;
        print_row(rates, workload.rules, parsing, workload.wanted);
        print_row(
            rates,
            std::string(workload.rules) + "/trusted",
            parsing,
            workload.wanted_trusted);
    }
    return 0;
}
