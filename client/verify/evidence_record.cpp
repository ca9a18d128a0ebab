#include "client/verify/evidence_record.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "client/json_text.hpp"

namespace ferry::client {

using base::Result;
using nlohmann::json;

namespace {

constexpr int kVersion = 1;

template <typename Fixed>
std::string hex_of(const Fixed& value) {
  return "0x" + base::to_hex(value.view());
}

json to_object(const EvidenceWord& word) {
  json hashes = json::array();
  for (const auto& hash : word.hashes) hashes.push_back(hash.hex());
  return {{"relay", word.relay.to_eip55()},
          {"chain_id", word.ledger.chain_id},
          {"contract", word.ledger.verifying_contract.to_eip55()},
          {"manifest", "0x" + base::to_hex(content::pack(word.word.manifest))},
          {"signature", hex_of(word.word.signature)},
          {"first_chunk", word.first_chunk},
          {"hashes", std::move(hashes)}};
}

/// Reads members of an object and keeps the first complaint.
class Members {
 public:
  explicit Members(const json& object) : object_(object) {
    if (!object.is_object()) complain("an object is expected");
  }

  std::string text(const char* name, std::size_t limit) {
    const auto* value = find(name);
    if (value == nullptr || !value->is_string() || value->get_ref<const std::string&>().size() > limit) {
      complain(std::string("'") + name + "' is no text, or too long");
      return {};
    }
    return value->get<std::string>();
  }
  std::uint64_t number(const char* name, std::uint64_t max) {
    const auto* value = find(name);
    if (value == nullptr || !value->is_number_unsigned() || value->get<std::uint64_t>() > max) {
      complain(std::string("'") + name + "' is no whole number within its limits");
      return 0;
    }
    return value->get<std::uint64_t>();
  }
  /// Of at most `limit` elements.
  const json& list(const char* name, std::size_t limit) {
    static const json kEmpty = json::array();
    const auto* value = find(name);
    if (value != nullptr && value->is_array() && value->size() <= limit) return *value;
    complain(std::string("'") + name + "' is no list, or too long");
    return kEmpty;
  }
  const json& object(const char* name) {
    static const json kEmpty = json::object();
    const auto* value = find(name);
    if (value != nullptr && value->is_object()) return *value;
    complain(std::string("'") + name + "' is missing");
    return kEmpty;
  }
  base::Address address(const char* name) {
    const auto parsed = base::Address::parse(text(name, 64));
    if (!parsed) complain(std::string("'") + name + "' is no address");
    return parsed ? *parsed : base::Address{};
  }
  base::Bytes bytes(const char* name, std::size_t limit) {
    const auto raw = base::from_hex(text(name, 2 * limit + 2));
    if (!raw) complain(std::string("'") + name + "' is not hexadecimal");
    return raw ? *raw : base::Bytes{};
  }
  bool is_null(const char* name) const {
    const auto* value = find(name);
    return value != nullptr && value->is_null();
  }

  void complain(std::string what) {
    if (!complaint_) complaint_ = base::refusal("evidence_format", "this is no evidence of Ferry: " + std::move(what));
  }
  Result<void> finish() const {
    if (complaint_) return base::fail(*complaint_);
    return {};
  }

 private:
  const json* find(const char* name) const {
    if (!object_.is_object()) return nullptr;
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }

  const json& object_;
  std::optional<base::Error> complaint_;
};

Result<EvidenceWord> parse_word(const json& object) {
  Members members(object);
  EvidenceWord word;
  word.relay = members.address("relay");
  word.ledger.chain_id = members.number("chain_id", UINT64_MAX);
  word.ledger.verifying_contract = members.address("contract");
  const auto packed = members.bytes("manifest", content::Manifest::kMaxPackedBytes);
  const auto signature = members.bytes("signature", base::Signature::kSize);
  word.first_chunk = members.number("first_chunk", std::uint64_t{1} << 26U);
  for (const auto& text : members.list("hashes", EvidenceRecord::kMaxHashes)) {
    const auto hash = text.is_string() ? base::Hash256::parse_hex(text.get_ref<const std::string&>()) : std::nullopt;
    if (!hash) members.complain("a chunk's hash is not 64 hexadecimal digits");
    word.hashes.push_back(hash.value_or(base::Hash256{}));
  }
  FERRY_CHECK(members.finish());
  auto manifest = content::unpack_manifest(packed);
  if (!manifest) return base::fail(base::refusal("evidence_format", "a manifest cannot be read: " + manifest.error().message));
  word.word.manifest = std::move(*manifest);
  const auto read = base::Signature::from(signature);
  if (!read) return base::fail(base::refusal("evidence_format", "a signature cannot be read: " + read.error().message));
  word.word.signature = *read;
  return word;
}

Result<void> parse_request(Members members, EvidenceRecord& record) {
  record.method = members.text("method", 16);
  record.url = members.text("url", 8192);
  for (const auto& field : members.list("headers", 64)) {
    const bool is_pair = field.is_array() && field.size() == 2 && field[0].is_string() && field[1].is_string();
    if (!is_pair) members.complain("a request header is no pair of texts");
    if (is_pair) record.headers.push_back({field[0].get<std::string>(), field[1].get<std::string>()});
  }
  return members.finish();
}

}  // namespace

std::string to_json(const EvidenceRecord& record) {
  json headers = json::array();
  for (const auto& field : record.headers) headers.push_back({field.name, field.value});
  json words = json::array();
  for (const auto& word : record.words) words.push_back(to_object(word));
  return json_text({{"ferry_evidence", kVersion},
                    {"at", std::max<std::int64_t>(record.at, 0)},
                    {"code", record.code},
                    {"message", record.message},
                    {"accused", record.accused ? json(record.accused->to_eip55()) : json(nullptr)},
                    {"request", {{"method", record.method}, {"url", record.url}, {"headers", std::move(headers)}}},
                    {"words", std::move(words)}});
}

Result<EvidenceRecord> parse_evidence(std::string_view text) {
  if (text.size() > EvidenceRecord::kMaxText) return base::fail(base::refusal("evidence_format", "a record of evidence has at most 1 MiB"));
  constexpr int kMaxDepth = 6;
  const auto not_too_deep = [](int depth, json::parse_event_t, json&) { return depth <= kMaxDepth; };
  const auto object = json::parse(text, not_too_deep, false);
  Members members(object);
  if (members.number("ferry_evidence", UINT32_MAX) != kVersion) members.complain("another version of the format");
  EvidenceRecord record;
  record.at = static_cast<std::int64_t>(members.number("at", INT64_MAX));
  record.code = base::printable(members.text("code", 64), 64);
  record.message = base::printable(members.text("message", 2048), 2048);
  if (!members.is_null("accused")) record.accused = members.address("accused");
  const json& request = members.object("request");
  const json& words = members.list("words", EvidenceRecord::kMaxWords);
  FERRY_CHECK(members.finish());
  FERRY_CHECK(parse_request(Members(request), record));
  for (const auto& element : words) {
    FERRY_TRY(auto word, parse_word(element));
    record.words.push_back(std::move(word));
  }
  return record;
}

}  // namespace ferry::client
