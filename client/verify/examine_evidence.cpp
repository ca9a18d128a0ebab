// What a record of evidence shows, and what not.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "client/json_text.hpp"
#include "client/verify/evidence_record.hpp"
#include "protocol/content/agreement.hpp"
#include "protocol/content/geometry.hpp"
#include "protocol/content/merkle.hpp"
#include "protocol/content/root_url.hpp"

namespace ferry::client {

using content::Manifest;

namespace {

/// A word whose signature holds, and those of its hashes that the signature covers.
struct Sound {
  const EvidenceWord* word = nullptr;
  std::uint64_t first = 0;
  std::span<const base::Hash256> hashes;
};

const Manifest& manifest_of(const Sound& sound) { return sound.word->word.manifest; }

std::string name_of(const EvidenceWord& word) { return word.relay.to_eip55(); }

/// nullopt with a reason: it does not hold.
std::optional<std::string> why_not(const EvidenceRecord& record, const EvidenceWord& word) {
  const auto digest = content::manifest_digest(base::domain_separator(word.ledger), word.word.manifest);
  if (const auto is_signed = base::check_signature(digest, word.word.signature, word.relay); !is_signed) return "its signature does not hold (" + is_signed.error().code + ")";
  if (word.word.manifest.request != content::request_hash(record.method, record.url, record.headers)) return std::string("it is about another request");
  return std::nullopt;
}

bool is_whole(const EvidenceWord& word) {
  const auto& manifest = word.word.manifest;
  return word.first_chunk == 0 && manifest.length && word.hashes.size() == content::chunk_count(*manifest.length);
}

/// The hashes that the manifest's digest or root makes its own.
Sound covered(const EvidenceWord& word) {
  const auto& manifest = word.word.manifest;
  const std::span<const base::Hash256> all{word.hashes};
  const bool has_run = manifest.chunk_count > 0 && word.first_chunk == manifest.first_chunk && all.size() >= manifest.chunk_count;
  if (has_run && content::digest_of(all.first(manifest.chunk_count)) == manifest.chunks_digest) return {&word, word.first_chunk, all.first(manifest.chunk_count)};
  if (is_whole(word) && !all.empty() && content::root_of(all) == manifest.root) return {&word, 0, all};
  return {&word, 0, {}};
}

std::string statement_of(const Sound& sound) {
  const auto& manifest = manifest_of(sound);
  std::string text = name_of(*sound.word) + " signed: status " + std::to_string(manifest.status) + ", validator " +
                     (manifest.validator.empty() ? "none" : base::printable(manifest.validator, 80)) + ", length " +
                     (manifest.length ? std::to_string(*manifest.length) : "not known yet") + ", fetched at " + std::to_string(manifest.fetched_at.unix_seconds());
  if (!manifest.root.is_zero()) text += ", root " + manifest.root.hex();
  if (!sound.hashes.empty()) text += ", hashes of chunks " + std::to_string(sound.first) + " to " + std::to_string(sound.first + sound.hashes.size() - 1);
  const auto unsigned_hashes = sound.word->hashes.size() - sound.hashes.size();
  if (unsigned_hashes > 0) text += "; " + std::to_string(unsigned_hashes) + " hashes beside it are not signed";
  return text;
}

/// One signed word that cannot be true by itself.
std::optional<std::string> contradicts_itself(const EvidenceRecord& record, const Sound& sound) {
  const auto& manifest = manifest_of(sound);
  const auto asked = content::root_of_url(record.url);
  if (asked && manifest.status == 200 && !manifest.root.is_zero() && manifest.root != *asked) return "asked for one root, it signed another";
  const bool all_signed = is_whole(*sound.word) && sound.hashes.size() == sound.word->hashes.size() && !sound.hashes.empty();
  if (all_signed && !manifest.root.is_zero() && content::root_of(sound.hashes) != manifest.root) return "the chunk hashes that it signed do not give the root that it signed";
  return std::nullopt;
}

std::optional<std::string> contradiction_of(const Sound& a, const Sound& b) {
  if (auto found = content::contradiction(manifest_of(a), manifest_of(b))) return found;
  const auto& one = manifest_of(a);
  const auto& other = manifest_of(b);
  if (one.status != other.status || one.validator != other.validator || one.validator.empty()) return std::nullopt;
  for (std::uint64_t index = std::max(a.first, b.first); index < std::min(a.first + a.hashes.size(), b.first + b.hashes.size()); ++index) {
    if (a.hashes[index - a.first] != b.hashes[index - b.first]) return "chunk " + std::to_string(index) + " has one hash or another";
  }
  return std::nullopt;
}

void compare(const std::vector<Sound>& sound, EvidenceFinding& finding) {
  std::map<base::Address, std::set<base::Address>> against;
  for (auto a = sound.begin(); a != sound.end(); ++a) {
    for (auto b = std::next(a); b != sound.end(); ++b) {
      const auto where = contradiction_of(*a, *b);
      if (!where) continue;
      finding.contradictions.push_back(name_of(*a->word) + " and " + name_of(*b->word) + " cannot both be right: " + *where);
      if (a->word->relay == b->word->relay) finding.convicted.push_back(a->word->relay);
      against[a->word->relay].insert(b->word->relay);
      against[b->word->relay].insert(a->word->relay);
    }
  }
  for (const auto& [relay, others] : against) {
    std::size_t united = 0;
    for (const auto& other : others) {
      const bool contradicts_another = std::any_of(others.begin(), others.end(), [&](const auto& third) { return against[other].contains(third); });
      if (other != relay && !contradicts_another) ++united;
    }
    if (united >= 2) finding.outvoted.push_back(relay);
  }
}

nlohmann::json addresses_of(const std::vector<base::Address>& list) {
  auto array = nlohmann::json::array();
  for (const auto& address : list) array.push_back(address.to_eip55());
  return array;
}

}  // namespace

EvidenceFinding examine(const EvidenceRecord& record) {
  EvidenceFinding finding;
  std::vector<Sound> sound;
  for (const auto& word : record.words) {
    if (const auto reason = why_not(record, word)) {
      finding.statements.push_back("a word said to be of " + name_of(word) + " counts for nothing: " + *reason);
      continue;
    }
    sound.push_back(covered(word));
    finding.statements.push_back(statement_of(sound.back()));
    if (const auto lie = contradicts_itself(record, sound.back())) {
      finding.contradictions.push_back(name_of(word) + " contradicts itself: " + *lie);
      finding.convicted.push_back(word.relay);
    }
  }
  compare(sound, finding);
  std::sort(finding.convicted.begin(), finding.convicted.end());
  finding.convicted.erase(std::unique(finding.convicted.begin(), finding.convicted.end()), finding.convicted.end());
  return finding;
}

std::string to_json(const EvidenceFinding& finding) {
  return json_text({{"statements", finding.statements},
                    {"contradictions", finding.contradictions},
                    {"proves_a_lie", finding.proves_a_lie()},
                    {"liars", addresses_of(finding.convicted)},
                    {"outvoted", addresses_of(finding.outvoted)}});
}

}  // namespace ferry::client
