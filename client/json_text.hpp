#pragma once
// JSON as the C interface gives it: one line of UTF-8; bytes that are none are replaced. Amounts are BTT texts, ids "0x…".

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::client {

std::string json_text(const nlohmann::json& value);

/// {"code":n,"name":…,"message":…}
nlohmann::json error_json(const base::Error& error);

/// FERRY_… of an error, as ferry.h numbers them.
int code_of(const base::Error& error);

template <typename Tag>
std::string hex_id(const base::Bytes32<Tag>& id) {
  return "0x" + id.hex();
}

}  // namespace ferry::client
