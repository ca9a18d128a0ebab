#include "client/verify/evidence_list.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "client/json_text.hpp"
#include "client/pay/evidence.hpp"
#include "client/wallet/private_file.hpp"

namespace ferry::client {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

base::Result<EvidenceRecord> read_record(const fs::path& file) {
  FERRY_TRY(const auto text, read_small_file(file, EvidenceRecord::kMaxText));
  if (!text) return base::fail(base::environment("file_read", "the file is gone"));
  return parse_evidence(*text);
}

json entry_of(const fs::path& file) {
  const auto record = read_record(file);
  if (!record) return {{"file", file.string()}, {"error", error_json(record.error())}};
  const auto finding = examine(*record);
  return {{"file", file.string()},
          {"at", record->at},
          {"code", record->code},
          {"message", record->message},
          {"url", record->url},
          {"accused", record->accused ? json(record->accused->to_eip55()) : json(nullptr)},
          {"words", record->words.size()},
          {"proves_a_lie", finding.proves_a_lie()}};
}

}  // namespace

base::Result<std::string> evidence_list(const fs::path& data_dir) {
  std::error_code problem;
  if (!fs::is_directory(data_dir, problem)) return base::fail(base::environment("data_dir", data_dir.string() + " is no directory"));
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(data_dir / "evidence" / "records", problem)) {
    if (entry.path().extension() == ".json" && files.size() < 2 * Evidence::kMaxRecords) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  json list = json::array();
  for (const auto& file : files) list.push_back(entry_of(file));
  return json_text({{"records", std::move(list)}});
}

}  // namespace ferry::client
