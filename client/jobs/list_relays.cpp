// list_relays: what the client knows of its relays.

#include <nlohmann/json.hpp>

#include "client/jobs/jobs.hpp"
#include "client/relays/sampled_order.hpp"

namespace ferry::client {

using nlohmann::json;

namespace {

json or_null(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }

json relay_json(const Core& core, Relay& relay, const RelayNeed& need) {
  const auto score = core.scores.find(relay.address());
  const auto& quote = relay.last_quote();
  const auto mark = core.marks.find(relay.address());
  const auto price = [&quote](base::Amount pricing::Quote::*member) { return quote ? json(((*quote).*member).to_btt()) : json(nullptr); };
  return {{"relay", relay.text()},
          {"connected", relay.session() != nullptr},
          {"latency_ms", relay.latency_ms() ? json(*relay.latency_ms()) : json(nullptr)},
          {"hit_per_mib", price(&pricing::Quote::hit_per_mib)},
          {"miss_per_mib", price(&pricing::Quote::miss_per_mib)},
          {"per_request", price(&pricing::Quote::per_request)},
          {"chunks", relay.sums().chunks},
          {"refused_chunks", relay.sums().refused_chunks},
          {"spent", relay.sums().spent.to_btt()},
          {"correctness", score.correctness.lower_bound()},
          {"availability", score.availability.lower_bound()},
          {"first_byte_seconds", or_null(score.first_byte_seconds)},
          {"bytes_per_second", or_null(score.bytes_per_second)},
          {"weight", weight_of(score, need)},
          {"why", describe(score, need)},
          {"marked_until", mark ? json(mark->until.unix_seconds()) : json(nullptr)},
          {"marked_for", mark ? json(mark->code) : json(nullptr)}};
}

}  // namespace

void list_relays(Core& core, KnownRelays& relays, bool probe, const ResultJobPtr& job) {
  const auto all = relays.all();
  const auto list = [&core, all, job](const std::map<Relay*, base::Error>&) {
    std::vector<RelayScore> scores;
    for (const auto* relay : all) scores.push_back(core.scores.find(relay->address()));
    RelayNeed need;
    need.usual_per_mib = usual_price(scores);
    json entries = json::array();
    for (auto* relay : all) entries.push_back(relay_json(core, *relay, need));
    job->succeed({{"relays", std::move(entries)}});
  };
  if (probe) return KnownRelays::connect_all(all, list);
  list({});
}

}  // namespace ferry::client
