#pragma once
// EvidenceRecord: what relays signed about one request, in one piece of JSON that anybody can check with this program, or another one, without us, without
// a network, and without believing who shows it: `ferry evidence verify`. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.hpp"
#include "protocol/base/typed_data.hpp"
#include "protocol/content/verifier.hpp"

namespace ferry::client {

/// One relay's signed manifest, and the chunk hashes that it goes with.
struct EvidenceWord {
  base::Address relay;
  base::Domain ledger;  ///< of the signature
  content::SignedManifest word;
  std::uint64_t first_chunk = 0;
  std::vector<base::Hash256> hashes;  ///< from first_chunk on; what the relay said, and signed only where the manifest's digest or root covers it
};

struct EvidenceRecord {
  static constexpr std::size_t kMaxText = std::size_t{1} << 20U;
  static constexpr std::size_t kMaxWords = 32;
  static constexpr std::size_t kMaxHashes = 4096;  ///< of one word

  std::string method;
  std::string url;
  content::Headers headers;  ///< those that were sent
  std::string code;          ///< of the fault that was found
  std::string message;
  std::optional<base::Address> accused;
  std::int64_t at = 0;       ///< seconds
  std::vector<EvidenceWord> words;
};

std::string to_json(const EvidenceRecord& record);
/// Strict. Errors: refusal "evidence_format".
base::Result<EvidenceRecord> parse_evidence(std::string_view text);

/// What a record shows.
struct EvidenceFinding {
  /// Each sentence is about one word: who signed what. Or why it proves nothing.
  std::vector<std::string> statements;
  /// Sentences of which each holds only if somebody lied, or if the origin gave two bodies one validator.
  std::vector<std::string> contradictions;
  /// Relays that contradict themselves by their own signatures.
  std::vector<base::Address> convicted;
  /// Relays that contradict at least two others, which agree with each other.
  std::vector<base::Address> outvoted;

  bool proves_a_lie() const { return !convicted.empty(); }
};
/// Checks every signature and the request that it is about. Words that do not hold are said to, and count for nothing.
EvidenceFinding examine(const EvidenceRecord& record);
/// As ferry.h gives it.
std::string to_json(const EvidenceFinding& finding);

}  // namespace ferry::client
