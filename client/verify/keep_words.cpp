#include "client/verify/keep_words.hpp"

#include <algorithm>

namespace ferry::client {

namespace {

EvidenceWord word_of(const base::Address& relay, const base::Domain& ledger, const content::SignedManifest& word, const content::BodyVerifier& verifier) {
  const auto& manifest = word.manifest;
  auto hashes = verifier.hashes(manifest.first_chunk, std::min<std::uint64_t>(manifest.chunk_count, EvidenceRecord::kMaxHashes));
  return {relay, ledger, word, manifest.first_chunk, std::move(hashes)};
}

}  // namespace

void keep_words(Evidence& evidence, const FetchRequest& request, Relay& relay, const content::BodyVerifier* verifier, const base::Error& fault, base::Time now) {
  // What was outvoted is kept by who compared it, with the words of the others.
  const auto* named = relay.channel().named();
  if (verifier == nullptr || named == nullptr || fault.code == "chunk_outvoted") return;
  EvidenceRecord record{request.method, request.url, request.headers, fault.code, fault.message, relay.address(), now.unix_seconds(), {}};
  const auto domain = named->book->domain();
  if (const auto word = verifier->signed_manifest()) record.words.push_back(word_of(relay.address(), domain, *word, *verifier));
  if (const auto& refused = verifier->refused_manifest()) record.words.push_back(word_of(relay.address(), domain, *refused, *verifier));
  if (!record.words.empty()) evidence.keep_record(record);
}

}  // namespace ferry::client
