// list_relays: what the client knows of its relays.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "client/jobs/jobs.hpp"
#include "client/relays/sampled_order.hpp"

namespace ferry::client {

using nlohmann::json;

namespace {

json or_null(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }

json description_json(const std::optional<discovery::Descriptor>& described) {
  if (!described) return nullptr;
  return {{"family", described->family},
          {"region", described->region},
          {"contact", described->contact},
          {"software", described->software},
          {"since", described->since.unix_seconds()},
          {"issued_at", described->issued_at.unix_seconds()},
          {"capacity", described->capacity},
          {"hit_per_mib", described->hit_per_mib.to_btt()},
          {"miss_per_mib", described->miss_per_mib.to_btt()},
          {"tunnel_per_mib", described->tunnel_per_mib.to_btt()}};
}

json relay_json(const Core& core, Relay& relay, const Candidate& candidate, const RelayNeed& need) {
  const auto& [score, standing] = candidate;
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
          {"weight", weight_of(score, need, standing)},
          {"why", describe(score, need, standing)},
          {"marked_until", mark ? json(mark->until.unix_seconds()) : json(nullptr)},
          {"marked_for", mark ? json(mark->code) : json(nullptr)},
          {"named", std::ranges::find(core.settings.relays, relay.reference()) != core.settings.relays.end()},
          {"described", description_json(core.found.find(relay.address()))}};
}

}  // namespace

void list_relays(Core& core, KnownRelays& relays, bool probe, const ResultJobPtr& job) {
  /// A list for people.
  constexpr std::size_t kListedAtMost = 64;
  if (core.settings.discover) {
    for (const auto& found : core.found.some(kListedAtMost)) {
      if (std::ranges::none_of(relays.all(), [&found](const Relay* known) { return known->address() == found.relay; })) relays.get(found);
    }
  }
  const auto all = relays.all();
  const auto list = [&core, all, job](const std::map<Relay*, base::Error>&) {
    const Standings standings(core);
    std::vector<Candidate> candidates;
    for (const auto* relay : all) candidates.push_back({core.scores.find(relay->address()), standings.of(*relay)});
    const auto need = need_among(candidates);
    json entries = json::array();
    for (std::size_t i = 0; i < all.size(); ++i) entries.push_back(relay_json(core, *all[i], candidates[i], need));
    job->succeed({{"relays", std::move(entries)}});
  };
  if (probe) return KnownRelays::connect_all(all, list);
  list({});
}

}  // namespace ferry::client
