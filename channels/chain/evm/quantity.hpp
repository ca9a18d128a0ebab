#pragma once
// Quantities: the numbers of Ethereum's JSON-RPC, "0x" and hexadecimal digits without leading zeros. Pure. Source: Ethereum JSON-RPC
// specification, "Hex encoding".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/amount.hpp"

namespace ferry::chain::evm {

std::string write_quantity(base::Amount::Raw value);

/// Strict; nullopt also for more than 128 bits.
std::optional<base::Amount::Raw> read_quantity(std::string_view text);
std::optional<std::uint64_t> read_quantity_u64(std::string_view text);
/// A balance, which may be any number of 256 bits: what 128 bits cannot count reads as the most that they can.
std::optional<base::Amount> read_balance_quantity(std::string_view text);

}  // namespace ferry::chain::evm
