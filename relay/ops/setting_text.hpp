#pragma once
// The texts in which settings are written, and their values: endpoints, byte counts, durations, switches. Pure; used by option_table().

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/base/result.hpp"
#include "relay/shared/settings.hpp"

namespace ferry::relay {

/// "ADDRESS:PORT", "[IPV6]:PORT" or "localhost:PORT". Refusal "setting".
base::Result<Endpoint> parse_endpoint(std::string_view text);
/// The same, but a name will do for the address; the port is not 0. Refusal "setting".
base::Result<Endpoint> parse_host_and_port(std::string_view text);
std::string to_text(const Endpoint& endpoint);

/// Digits, alone or followed by KiB, MiB, GiB or TiB (or K, M, G, T, which mean the same). Refusal "setting".
base::Result<std::uint64_t> parse_bytes(std::string_view text);
/// With the largest unit that leaves a whole number.
std::string bytes_text(std::uint64_t bytes);

/// Digits, alone (seconds) or followed by s, m, h or d. At most ten years. Refusal "setting".
base::Result<std::chrono::seconds> parse_duration(std::string_view text);
std::string duration_text(std::chrono::seconds duration);

/// Digits. Refusal "setting" outside of [min, max].
base::Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t min, std::uint64_t max);

/// true, false, 1, 0, yes, no, on, off. Refusal "setting".
base::Result<bool> parse_switch(std::string_view text);

}  // namespace ferry::relay
