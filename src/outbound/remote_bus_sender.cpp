#include "eventbus/core/arn.hpp"
#include "eventbus/outbound/senders.hpp"

#include "http_verdict.hpp"
#include "kept_response.hpp"
#include "lane_target.hpp"
#include "put_events_call.hpp"

#include <algorithm>

namespace eventbus {
namespace {

constexpr std::size_t kBatchMax = 10;

bool is_aws(const http::Url& endpoint) {
    return endpoint.host == "amazonaws.com" || endpoint.host.ends_with(".amazonaws.com") ||
           endpoint.host.ends_with(".amazonaws.com.cn");
}

class RemoteBusSender final : public TargetSender {
public:
    RemoteBusSender(
        http::Client& client,
        AddressPolicy policy,
        RemoteBusOptions options,
        const Clock& clock)
        : client_(client),
          policy_(std::move(policy)),
          options_(std::move(options)),
          clock_(clock) {}

    std::size_t batch_max() const override { return kBatchMax; }

    boost::asio::awaitable<std::vector<AttemptResult>> send(
        std::vector<PreparedDelivery> batch) override {
        std::vector<AttemptResult> results(batch.size());
        if (batch.empty()) {
            co_return results;
        }
        const Target& target = batch.front().target->target;  // lives as long as the batch
        const std::string& bus_arn = target.arn;
        const Remote* remote = find_remote(options_.remotes, bus_arn);
        if (remote == nullptr) {
            const auto failed =
                permanent_failure("NO_RESOURCE", "No remote is configured for " + bus_arn + ".");
            std::ranges::fill(results, failed);
            co_return results;
        }
        // Events that may go, with their place among the results.
        std::vector<EventPtr> events;
        std::vector<std::size_t> places;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const EventPtr& event = batch[i].delivery.event;
            if (auto refused = refuse_hop(*event, bus_arn)) {
                results[i] = std::move(*refused);
            } else {
                events.push_back(event);
                places.push_back(i);
            }
        }
        Calls calls;
        calls.remote = remote;
        calls.target = &target;
        calls.tries = tries_of(batch);
        std::vector<AttemptResult> sent = co_await put_all(calls, std::move(events));
        for (std::size_t i = 0; i < places.size(); ++i) {
            results[places[i]] = std::move(sent[i]);
        }
        co_return results;
    }

private:
    // What the calls for a batch have in common.
    struct Calls {
        const Remote* remote = nullptr;
        const Target* target = nullptr;
        int tries = 0;  // with this one; of the delivery that has had the fewest
    };

    static int tries_of(const std::vector<PreparedDelivery>& batch) {
        const auto attempts = [](const PreparedDelivery& one) { return one.delivery.attempts; };
        return std::ranges::min_element(batch, {}, attempts)->delivery.attempts + 1;
    }

    // Known without a call: the event has been there, or has made its hops.
    std::optional<AttemptResult> refuse_hop(const Event& event, const std::string& bus_arn) const {
        if (std::ranges::find(event.visited_buses, bus_arn) != event.visited_buses.end()) {
            return permanent_failure(
                "LOOP_DETECTED",
                "Event ingestion rejected for event " + event.id + " because it has been to " +
                    bus_arn + " before.");
        }
        // One bus per hop and one more: the next hop is the visited_buses.size()-th.
        if (event.visited_buses.size() > static_cast<std::size_t>(std::max(options_.max_hops, 0))) {
            const std::string why = options_.max_hops == 1
                                        ? "an event can be sent to an event bus target only once. "
                                          "This event was previously delivered to "
                                          "an event bus target."
                                        : "it has made all of its " +
                                              std::to_string(options_.max_hops) +
                                              " hops between event buses.";
            return permanent_failure(
                "THIRD_ACCOUNT_HOP_DETECTED",
                "Event ingestion rejected for event " + event.id + " because " + why);
        }
        return std::nullopt;
    }

    http::ClientRequest make_request(const Remote& remote, const Target& target, std::string body)
        const {
        http::Request signed_form;
        signed_form.method = "POST";
        signed_form.target = remote.endpoint.target;
        signed_form.headers.add("Host", remote.endpoint.authority());
        signed_form.headers.add("Content-Type", "application/x-amz-json-1.1");
        signed_form.headers.add("X-Amz-Target", "AWSEvents.PutEvents");
        signed_form.body = std::move(body);
        if (!remote.key.access_key_id.empty()) {
            http::SigningScope scope = remote.scope;
            scope.region = scope.region.empty() ? remote.region : scope.region;
            http::sign(signed_form, remote.key, scope, clock_.now());
        }
        http::ClientRequest request;
        request.url = remote.endpoint;
        request.headers = std::move(signed_form.headers);
        request.headers.remove("Host");  // the client adds the same one
        request.headers.add("User-Agent", "eventbusd/0.1");
        request.body = std::move(signed_form.body);
        request.timeout = attempt_timeout(target, options_.timeout);
        request.ca_file = remote.ca_file;
        request.may_connect = policy_;
        return request;
    }

    // Makes as many calls as the events need, in their order.
    boost::asio::awaitable<std::vector<AttemptResult>> put_all(
        Calls calls,
        std::vector<EventPtr> events) {
        std::vector<AttemptResult> results;
        results.reserve(events.size());
        bool is_split = false;
        while (results.size() < events.size()) {
            const auto rest = std::span<const EventPtr>(events).subspan(results.size());
            const auto call = rest.first(is_split ? 1 : put_events_batch(rest));
            PutEventsVerdict verdict = co_await put(calls, call);
            if (verdict.is_worth_splitting) {
                is_split = true;
                continue;
            }
            std::ranges::move(verdict.results, std::back_inserter(results));
        }
        co_return results;
    }

    boost::asio::awaitable<PutEventsVerdict> put(Calls calls, std::span<const EventPtr> events) {
        const Remote& remote = *calls.remote;
        PutEventsTarget place;
        place.bus_arn = calls.target->arn;
        place.keeps_identity = !is_aws(remote.endpoint);
        auto request = make_request(remote, *calls.target, put_events_body(place, events));
        auto answer = co_await client_.send(std::move(request));
        PutEventsVerdict verdict;
        if (!answer) {
            const auto failed = result_of_error(answer.error(), calls.tries);
            verdict.results.assign(events.size(), failed);
            co_return verdict;
        }
        verdict = read_put_events_answer(*answer, events.size(), clock_.now());
        for (AttemptResult& result : verdict.results) {
            if (result.verdict != AttemptResult::Verdict::delivered) {
                result.response =
                    kept_response(answer->body, answer->headers, {remote.key.session_token});
            }
        }
        co_return verdict;
    }

    http::Client& client_;
    const AddressPolicy policy_;
    const RemoteBusOptions options_;
    const Clock& clock_;
};

}  // namespace

const Remote* find_remote(const std::vector<Remote>& remotes, std::string_view bus_arn) {
    const auto arn = parse_arn(bus_arn);
    const auto bus = event_bus_name_of(bus_arn);
    if (!arn || !bus) {
        return nullptr;
    }
    const Remote* found = nullptr;
    for (const auto& remote : remotes) {
        if (remote.account != arn->account || remote.region != arn->region) {
            continue;
        }
        if (remote.bus == *bus) {
            return &remote;
        }
        if (remote.bus == "*" && found == nullptr) {
            found = &remote;
        }
    }
    return found;
}

std::unique_ptr<TargetSender> make_remote_bus_sender(
    http::Client& client,
    AddressPolicy policy,
    RemoteBusOptions options,
    const Clock& clock) {
    return std::make_unique<RemoteBusSender>(client, std::move(policy), std::move(options), clock);
}

}  // namespace eventbus
