#include "client/fetch/receipt.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "client/json_text.hpp"

namespace ferry::client {

using nlohmann::ordered_json;

namespace {

template <typename Value>
ordered_json or_null(const std::optional<Value>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json hex_or_null(const std::optional<base::Hash256>& hash) { return hash ? ordered_json(hash->hex()) : ordered_json(nullptr); }

}  // namespace

Receipt::FromRelay& Receipt::from(const std::string& relay) {
  const auto found = std::find_if(relays.begin(), relays.end(), [&relay](const auto& entry) { return entry.relay == relay; });
  if (found != relays.end()) return *found;
  relays.push_back(FromRelay{relay, 0, 0, {}, 0, 0});
  return relays.back();
}

base::Amount Receipt::charged() const {
  base::Amount sum;
  for (const auto& entry : relays) sum = sum.plus_saturated(entry.charged);
  return sum;
}

std::string Receipt::level_text() const {
  const auto name = content::to_string(verification);
  return verification == content::VerificationLevel::quorum ? name + " " + quorum : name;
}

std::string Receipt::to_json() const {
  ordered_json list = ordered_json::array();
  for (const auto& entry : relays) {
    list.push_back({{"relay", entry.relay},
                    {"chunks", entry.chunks},
                    {"cache_hits", entry.cache_hits},
                    {"charged", entry.charged.to_btt()},
                    {"refused_chunks", entry.refused_chunks},
                    {"witnessed", entry.witnessed}});
  }
  const ordered_json receipt{{"url", url},
                             {"status", or_null(status)},
                             {"bytes", bytes},
                             {"chunks", chunks},
                             {"sha256", hex_or_null(sha256)},
                             {"root", hex_or_null(root)},
                             {"verification", level_text()},
                             {"charged", charged().to_btt()},
                             {"overhead_bytes", overhead_bytes},
                             {"relays", std::move(list)},
                             {"seconds", static_cast<double>(milliseconds) / 1000.0},
                             {"resumed_from", resumed_from}};
  return receipt.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace ferry::client
