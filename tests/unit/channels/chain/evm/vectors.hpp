#pragma once
// What ethers makes of fixed values: tests/vectors/evm/evm.json, written by make.mjs beside it.

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "protocol/base/bytes.hpp"

namespace ferry::chain::evm::test {

inline const nlohmann::json& vectors() {
  static const auto all = [] {
    std::ifstream file{FERRY_SOURCE_DIR "/tests/vectors/evm/evm.json"};
    return nlohmann::json::parse(file);
  }();
  return all;
}

inline base::Bytes bytes_at(const nlohmann::json& text) { return base::from_hex(text.get<std::string>()).value(); }

}  // namespace ferry::chain::evm::test
