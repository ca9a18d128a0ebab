// Any text as a record of evidence: refused with a reason, or read as what it says; and a signature is needed before anybody is accused.

#include <string>

#include "client/verify/evidence_record.hpp"
#include "tests/fuzz/require.hpp"

using namespace ferry;
using ferry::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto record = client::parse_evidence({reinterpret_cast<const char*>(data), size});
  if (!record) {
    require(record.error().code == "evidence_format", "what is no record is refused as that");
    return 0;
  }
  require(record->words.size() <= client::EvidenceRecord::kMaxWords, "words are bounded");
  const auto written = client::to_json(*record);
  const auto again = client::parse_evidence(written);
  require(again && client::to_json(*again) == written, "a record reads back as it was written");
  const auto finding = client::examine(*record);
  require(finding.statements.size() == record->words.size(), "each word is told of");
  require(!finding.proves_a_lie() || !finding.contradictions.empty(), "nobody is convicted without a contradiction");
  return 0;
}
