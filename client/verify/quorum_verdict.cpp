// What follows when words agree, and when they do not.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "client/json_text.hpp"
#include "client/verify/quorum.hpp"

namespace ferry::client {

using base::Result;
using content::Opinion;
using content::Verdict;

namespace {

std::string place_of(std::optional<base::ChunkIndex> index) { return index ? "chunk " + std::to_string(index->value) : std::string("the response"); }

}  // namespace

std::optional<Result<void>> Quorum::decide(Watched& run, const Opinion& opinion, std::optional<base::ChunkIndex> index) {
  if (fell_back_) return Result<void>{};
  if (silenced_.contains(run.body)) return base::fail(silenced(*run.body));
  // Evidence is worth more with the last signatures in it, if they are about to come.
  const bool somebody_lied = opinion.verdict != Verdict::open && !opinion.against.empty();
  if (somebody_lied && is_about_to_sign(run)) return std::nullopt;
  if (opinion.verdict == Verdict::agreed) {
    punish(opinion, index);
    return Result<void>{};
  }
  if (opinion.verdict == Verdict::outvoted) {
    const std::string what = place_of(index) + " that " + run.body->text() + " delivers is not what " + std::to_string(agreement_.wanted()) + " other relays say";
    return base::fail(outvoted(run, opinion, index, what));
  }
  if (has_more_to_say(run, index)) {
    watch_late();
    return std::nullopt;
  }
  const std::size_t missing = agreement_.wanted() - std::min(opinion.independent, agreement_.wanted());
  bool asks = false;
  for (std::size_t i = 0; i < std::max<std::size_t>(missing, 1); ++i) asks = recruit(run, index ? index->value : run.first) || asks;
  if (asks) return std::nullopt;
  return give_up(opinion);
}

/// Its fetch leaves it, and marks it if it lied.
base::Error Quorum::outvoted(const Watched& run, const Opinion& opinion, std::optional<base::ChunkIndex> index, const std::string& what) {
  const auto& address = run.body->address();
  const auto error = opinion.lied ? base::peer_fault("chunk_outvoted", what + " under the same validator: it is not paid; use another relay")
                          : base::environment("object_outvoted", what + ": it has another object; use another relay");
  core_.evidence.keep_record(record_of(error, address, index));
  if (!opinion.lied) core_.marks.note_difference(address);
  silence(*run.body);
  return error;
}

base::Error Quorum::silenced(const Relay& relay) {
  return base::environment("object_outvoted", relay.text() + " was outvoted about another part of this body: use another relay");
}

void Quorum::silence(Relay& relay) {
  unfit_.insert(&relay);
  silenced_.insert(&relay);
  for (const auto& run : runs_) {
    for (const auto& witness : run->witnesses) {
      if (&witness->relay() == &relay) witness->drop();
    }
  }
  agreement_.forget(relay.address());
  look_soon();
}

/// Who says of the same object something else than enough others has lied. Who speaks of another object may have been answered otherwise.
void Quorum::punish(const Opinion& opinion, std::optional<base::ChunkIndex> index) {
  const auto is_outvoted = [&](const base::Address& address) {
    const auto its = index ? agreement_.on_chunk(address, *index) : agreement_.on_whole(address);
    return its.verdict == Verdict::outvoted && (its.lied || its.against.empty());
  };
  for (const auto& address : opinion.against) {
    auto* relay = relay_of(address);
    if (relay == nullptr || !is_outvoted(address)) continue;
    blame(*relay, base::peer_fault("witness_outvoted", "what " + relay->text() + " says of " + place_of(index) + " is not what others say of the same object"), index);
  }
  for (const auto& address : opinion.elsewhere) {
    auto* relay = relay_of(address);
    if (relay == nullptr || !is_outvoted(address) || !unfit_.insert(relay).second) continue;
    core_.announcer.event("relay_differs", relay->text() + " has another object at this URL than others", {{"relay", relay->text()}, {"url", request_.url}});
    core_.marks.note_difference(address);
  }
}

void Quorum::blame(Relay& relay, const base::Error& error, std::optional<base::ChunkIndex> index) {
  core_.evidence.keep_record(record_of(error, relay.address(), index));
  core_.evidence.keep_fault(relay.text(), error, {{"url", request_.url}, {"request", hex_id(request_hash_)}});
  silence(relay);
  core_.loop.post([&relay, error] { relay.fault(error); });
}

Result<void> Quorum::give_up(const Opinion& opinion) {
  if (exhausted_) return base::fail(*exhausted_);
  const std::string wanted = std::to_string(agreement_.wanted());
  if (!opinion.against.empty()) {
    core_.evidence.keep_record(record_of(base::refusal("quorum_not_reached", "relays contradict each other"), {}));
    return base::fail(base::refusal("quorum_not_reached", "relays contradict each other about this object, and too few were asked to tell who is right: name more relays, or "
                                                          "give a checksum (evidence is kept: ferry evidence list)"));
  }
  if (opinion.elsewhere.empty()) {
    return base::fail(base::refusal("quorum_not_reached", std::to_string(opinion.independent) + " of " + wanted +
                                                              " relays of different operators and networks vouch for this object, and no other can be asked: name more relays, or "
                                                              "accept the level 'relay'"));
  }
  if (request_.or_tunnel) return base::fail(base::refusal("content_differs", "relays are answered differently at this URL: it goes through a tunnel"));
  if (!request_.or_relay) {
    return base::fail(base::refusal("quorum_not_reached", "relays are answered differently at this URL, so none can vouch for another: accept one relay's word for such content "
                                                          "(quorum=" + wanted + ",relay), or let the local proxy carry it through a tunnel (quorum=" + wanted + ",tunnel)"));
  }
  fell_back_ = true;
  core_.announcer.event("quorum_fell_back", "relays are answered differently at " + request_.url + ": it is one relay's word", {{"url", request_.url}});
  drop_witnesses();
  look_soon();
  return {};
}

Relay* Quorum::relay_of(const base::Address& address) const {
  const auto found = std::find_if(relays_.begin(), relays_.end(), [&address](const Relay* relay) { return relay->address() == address; });
  return found == relays_.end() ? nullptr : *found;
}

std::vector<base::Hash256> Quorum::hashes_of(const base::Address& relay, std::uint64_t first) const {
  std::vector<base::Hash256> hashes;
  while (hashes.size() < EvidenceRecord::kMaxHashes) {
    const auto hash = agreement_.hash(relay, base::ChunkIndex{first + hashes.size()});
    if (!hash) break;
    hashes.push_back(*hash);
  }
  return hashes;
}

EvidenceRecord Quorum::record_of(const base::Error& fault, const base::Address& accused, std::optional<base::ChunkIndex> index) const {
  EvidenceRecord record{request_.method, request_.url, request_.headers, fault.code, fault.message, accused, core_.now().unix_seconds(), {}};
  for (const auto& [address, domain] : domains_) {
    const auto* word = agreement_.word(address);
    if (word == nullptr || record.words.size() == EvidenceRecord::kMaxWords) continue;
    const auto& manifest = word->manifest;
    EvidenceWord kept{address, domain, *word, manifest.first_chunk, hashes_of(address, manifest.first_chunk)};
    // Its last word may be about another run than the one that is in dispute.
    const bool has_it = !index || (index->value >= kept.first_chunk && index->value - kept.first_chunk < kept.hashes.size());
    if (!has_it && agreement_.knows(address, *index)) {
      kept.first_chunk = index->value;
      kept.hashes = hashes_of(address, index->value);
    }
    record.words.push_back(std::move(kept));
  }
  return record;
}

}  // namespace ferry::client
