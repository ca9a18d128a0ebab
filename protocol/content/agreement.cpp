#include "protocol/content/agreement.hpp"

#include <algorithm>
#include <utility>

namespace ferry::content {

using base::fail;
using base::peer_fault;
using base::Result;

namespace {

bool same_name(const Manifest& a, const Manifest& b) { return a.status == b.status && a.validator == b.validator; }

bool differ_in_length(const Manifest& a, const Manifest& b) { return a.length && b.length && *a.length != *b.length; }

bool differ_in_root(const Manifest& a, const Manifest& b) { return !a.root.is_zero() && !b.root.is_zero() && a.root != b.root; }

/// As far as both have told, they speak of one object.
bool same_object(const Manifest& a, const Manifest& b) { return same_name(a, b) && !differ_in_length(a, b) && !differ_in_root(a, b); }

/// The most voices of which any two are independent, taken in order: enough for a handful, and never too many.
template <typename Words>
std::size_t count_independent(const Words& words) {
  std::vector<const Voice*> counted;
  for (const auto* word : words) {
    const Voice& voice = word->voice;
    const bool is_new = std::all_of(counted.begin(), counted.end(), [&voice](const Voice* other) { return are_independent(voice, *other); });
    if (is_new) counted.push_back(&voice);
  }
  return counted.size();
}

}  // namespace

std::optional<std::string> contradiction(const Manifest& a, const Manifest& b) {
  if (a.request != b.request || !same_name(a, b) || a.validator.empty()) return std::nullopt;
  if (differ_in_length(a, b)) return "the length is " + std::to_string(*a.length) + " or " + std::to_string(*b.length);
  if (differ_in_root(a, b)) return "the root is " + a.root.hex() + " or " + b.root.hex();
  const bool same_chunks = a.chunk_count > 0 && a.first_chunk == b.first_chunk && a.chunk_count == b.chunk_count;
  if (same_chunks && a.chunks_digest != b.chunks_digest) return "chunks " + std::to_string(a.first_chunk) + " and following have one hash or another";
  return std::nullopt;
}

bool are_independent(const Voice& a, const Voice& b) {
  const bool same_place = !a.network.empty() && a.network == b.network;
  return a.relay != b.relay && a.family != b.family && !same_place;
}

Agreement::Agreement(base::RequestHash request, std::size_t wanted, std::optional<base::Time> asked_at)
    : request_(request), wanted_(std::max<std::size_t>(wanted, 1)), asked_at_(asked_at) {}

Result<void> Agreement::hear(const Voice& voice, const base::Hash256& domain_separator, const SignedManifest& word) {
  const auto& manifest = word.manifest;
  if (const auto is_signed = base::check_signature(manifest_digest(domain_separator, manifest), word.signature, voice.relay); !is_signed) {
    return fail(peer_fault("manifest_signature", "the relay did not sign this manifest: " + is_signed.error().message));
  }
  if (manifest.request != request_) return fail(peer_fault("manifest_other_request", "the manifest answers a request that was not made"));
  const auto newest = std::max(manifest.fetched_at, manifest.expires_at);
  if (asked_at_ && newest + kTolerance < *asked_at_) {
    const auto seconds = std::to_string((*asked_at_ - newest).count() / 1000);
    return fail(peer_fault("manifest_stale", "the relay answers with what it fetched long ago, and what expired " + seconds + " s before it was asked"));
  }
  const auto known = words_.find(voice.relay);
  if (known == words_.end()) {
    if (words_.size() >= kMaxVoices) return fail(base::refusal("too_many_voices", "more relays were asked about one request than can be compared"));
    words_.emplace(voice.relay, Word{voice, word, {}});
    return {};
  }
  if (const auto where = contradiction(known->second.last.manifest, manifest)) {
    return fail(peer_fault("manifest_changed", "the relay signed two manifests that cannot both be true: " + *where));
  }
  known->second.last = word;
  return {};
}

Result<void> Agreement::hear_chunk(const base::Address& relay, base::ChunkIndex index, const base::Hash256& hash) {
  const auto known = words_.find(relay);
  if (known == words_.end()) return fail(base::bug("voice_unknown", "a relay speaks of a chunk before it has signed anything"));
  const auto [entry, is_new] = known->second.chunks.try_emplace(index.value, hash);
  if (is_new || entry->second == hash) return {};
  return fail(peer_fault("word_changed", "the relay gives chunk " + std::to_string(index.value) + " another hash than before"));
}

void Agreement::forget_chunk(base::ChunkIndex index) {
  for (auto& [relay, word] : words_) word.chunks.erase(index.value);
}

void Agreement::forget(const base::Address& relay) { words_.erase(relay); }

std::optional<base::Hash256> Agreement::hash(const base::Address& relay, base::ChunkIndex index) const {
  const auto known = words_.find(relay);
  if (known == words_.end()) return std::nullopt;
  const auto said = known->second.chunks.find(index.value);
  return said == known->second.chunks.end() ? std::nullopt : std::optional(said->second);
}

const SignedManifest* Agreement::word(const base::Address& relay) const {
  const auto known = words_.find(relay);
  return known == words_.end() ? nullptr : &known->second.last;
}

Agreement::Stance Agreement::compare_chunk(const Word& one, const Word& other, std::uint64_t index) {
  const auto& a = one.last.manifest;
  const auto& b = other.last.manifest;
  const auto mine = one.chunks.find(index);
  const auto its = other.chunks.find(index);
  const bool both = mine != one.chunks.end() && its != other.chunks.end();
  if (!same_name(a, b)) return Stance::elsewhere;
  // A root is about all chunks, and says nothing of a single one.
  if (!differ_in_length(a, b)) {
    if (!both) return Stance::silent;
    if (mine->second == its->second) return Stance::with;
  }
  return a.validator.empty() ? Stance::elsewhere : Stance::against;
}

Agreement::Stance Agreement::compare_whole(const Word& one, const Word& other, std::uint64_t /*index*/) {
  const auto& a = one.last.manifest;
  const auto& b = other.last.manifest;
  if (!same_name(a, b)) return Stance::elsewhere;
  if (!same_object(a, b)) return a.validator.empty() ? Stance::elsewhere : Stance::against;
  return a.length == b.length ? Stance::with : Stance::silent;
}

bool Agreement::are_united(const std::vector<const Word*>& words, std::uint64_t index, Compare compare) const {
  return std::any_of(words.begin(), words.end(), [&](const Word* one) {
    std::vector<const Word*> united;
    for (const auto* other : words) {
      if (other == one || compare(*one, *other, index) == Stance::with) united.push_back(other);
    }
    return count_independent(united) >= wanted_;
  });
}

Opinion Agreement::weigh(const base::Address& relay, std::uint64_t index, Compare compare) const {
  Opinion opinion;
  const auto found = words_.find(relay);
  if (found == words_.end()) return opinion;
  const Word& one = found->second;
  std::vector<const Word*> with{&one}, against, others;
  for (const auto& [address, other] : words_) {
    if (&other == &one) continue;
    const auto stance = compare(one, other, index);
    if (stance == Stance::with) with.push_back(&other);
    if (stance == Stance::against) against.push_back(&other);
    if (stance == Stance::elsewhere) opinion.elsewhere.push_back(address);
    if (stance == Stance::against || stance == Stance::elsewhere) others.push_back(&other);
  }
  for (const auto* word : with) opinion.with.push_back(word->voice.relay);
  for (const auto* word : against) opinion.against.push_back(word->voice.relay);
  opinion.independent = count_independent(with);
  if (opinion.independent >= wanted_) {
    opinion.verdict = Verdict::agreed;
  } else if (are_united(others, index, compare)) {
    opinion.verdict = Verdict::outvoted;
    opinion.lied = are_united(against, index, compare);
  }
  return opinion;
}

Opinion Agreement::on_chunk(const base::Address& relay, base::ChunkIndex index) const {
  return knows(relay, index) ? weigh(relay, index.value, &compare_chunk) : Opinion{};
}

Opinion Agreement::on_whole(const base::Address& relay) const { return weigh(relay, 0, &compare_whole); }

}  // namespace ferry::content
