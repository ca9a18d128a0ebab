#include "channels/chain/json_reader.hpp"

#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

namespace ferry::chain {
namespace {

using nlohmann::json;

/// Watches a text being parsed for what the parser itself lets pass.
class Watch {
 public:
  explicit Watch(int max_depth) : max_depth_(max_depth) {}
  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    if (depth > max_depth_) too_deep_ = true;
    if (event == json::parse_event_t::object_start) names_.emplace_back();
    if (event == json::parse_event_t::object_end && !names_.empty()) names_.pop_back();
    if (event == json::parse_event_t::key && !names_.empty() && !names_.back().insert(parsed.get<std::string>()).second) twice_ = true;
    return !too_deep_;
  }
  bool complains() const { return too_deep_ || twice_; }

 private:
  const int max_depth_;
  std::vector<std::set<std::string>> names_;
  bool too_deep_ = false;
  bool twice_ = false;
};

const json kNothing;

}  // namespace

std::string hex_text(base::ByteView bytes) { return "0x" + base::to_hex(bytes); }

base::Result<json> parse_json(std::string_view text, std::size_t max_bytes, int max_depth) {
  if (text.size() > max_bytes) {
    return base::fail(base::peer_fault("json_too_long", "the JSON text is longer than " + std::to_string(max_bytes) + " bytes"));
  }
  Watch watch{max_depth};
  json parsed = json::parse(text, std::ref(watch), false);
  if (parsed.is_discarded() || watch.complains()) {
    return base::fail(base::peer_fault("json_syntax", "the text is not JSON, or is nested too deeply, or names a member twice"));
  }
  return parsed;
}

JsonReader::JsonReader(const json& object) : object_(&object) {
  if (!object.is_object()) error_ = base::peer_fault("json_member", "a JSON object was expected");
}

const json* JsonReader::find(const char* name) {
  if (error_) return nullptr;
  const auto found = object_->find(name);
  if (found == object_->end()) {
    fail_member(name, "is missing");
    return nullptr;
  }
  read_.insert(name);
  return &*found;
}

const json& JsonReader::member(const char* name) {
  const json* const value = find(name);
  return value == nullptr ? kNothing : *value;
}

void JsonReader::fail_member(const char* name, const std::string& complaint) {
  if (!error_) error_ = base::peer_fault("json_member", "the member \"" + std::string{name} + "\" " + complaint);
}

std::string JsonReader::text(const char* name, std::size_t limit) {
  const json* const value = find(name);
  if (value == nullptr) return {};
  const auto* const text = value->get_ptr<const std::string*>();
  if (text == nullptr || text->size() > limit) {
    fail_member(name, "must be a text of at most " + std::to_string(limit) + " bytes");
    return {};
  }
  return *text;
}

base::Amount JsonReader::amount(const char* name) {
  constexpr std::size_t kMaxDigits = 39;
  const auto amount = base::Amount::parse_units(text(name, kMaxDigits));
  if (!amount) fail_member(name, "must be an amount: a text of decimal digits without leading zeros, in the smallest unit");
  return amount.value_or(base::Amount::zero());
}

base::Address JsonReader::address(const char* name) {
  constexpr std::size_t kAddressText = 42;
  const auto written = text(name, kAddressText);
  const auto address = base::Address::parse(written);
  if (!address) {
    fail_member(name, "must be an address: 0x and 40 digits with the EIP-55 checksum");
  } else if (address->to_eip55() != written) {
    fail_member(name, "must be written with its EIP-55 checksum: " + address->to_eip55());
  }
  return address.value_or(base::Address{});
}

base::Bytes JsonReader::bytes(const char* name, std::size_t limit) {
  const auto written = text(name, 2 + 2 * limit);
  auto bytes = base::from_hex(written);
  if (!bytes || hex_text(*bytes) != written) {
    fail_member(name, "must be 0x and at most " + std::to_string(2 * limit) + " lower-case hexadecimal digits");
    return {};
  }
  return std::move(*bytes);
}

std::uint64_t JsonReader::number(const char* name, std::uint64_t max) {
  const json* const value = find(name);
  if (value == nullptr) return 0;
  // The library keeps numbers that code has put together as signed, those that were parsed as unsigned.
  const bool whole = value->is_number_unsigned() || (value->is_number_integer() && value->get<std::int64_t>() >= 0);
  const auto number = whole ? value->get<std::uint64_t>() : 0;
  if (!whole || number > max) {
    fail_member(name, "must be a whole number from 0 to " + std::to_string(max));
    return 0;
  }
  return number;
}

bool JsonReader::boolean(const char* name) {
  const json* const value = find(name);
  if (value == nullptr) return false;
  const auto* const truth = value->get_ptr<const json::boolean_t*>();
  if (truth == nullptr) fail_member(name, "must be true or false");
  return truth != nullptr && *truth;
}

base::Result<void> JsonReader::finish() const {
  if (error_) return base::fail(*error_);
  return {};
}

base::Result<void> JsonReader::finish_strictly() const {
  FERRY_CHECK(finish());
  for (const auto& [name, value] : object_->items()) {
    if (read_.find(name) == read_.end()) {
      return base::fail(base::peer_fault("json_unknown_member", "the member \"" + base::printable(name, 40) + "\" is not known here"));
    }
  }
  return {};
}

}  // namespace ferry::chain
