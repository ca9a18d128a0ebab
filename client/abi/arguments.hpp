#pragma once
// Arguments: what comes through the C interface becomes the library's own values, or an "invalid_argument" that says which one is wrong. Structs
// that a caller built against an older ferry.h are read as far as they reach.

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "client/fetch/fetch_request.hpp"
#include "client/include/ferry/ferry.h"
#include "client/proxy/proxy_settings.hpp"
#include "client/settings.hpp"

namespace ferry::client {

/// A copy of the caller's struct in this version's size; missing members are zero. nullopt for NULL or a size that cannot be.
template <typename Struct>
std::optional<Struct> read_struct(const Struct* given) {
  constexpr std::size_t kLargest = 64 * 1024;
  if (given == nullptr || given->struct_size < sizeof(std::size_t) || given->struct_size > kLargest) return std::nullopt;
  Struct copy;
  std::memset(&copy, 0, sizeof(copy));
  std::memcpy(&copy, given, std::min(given->struct_size, sizeof(copy)));
  copy.struct_size = sizeof(copy);
  return copy;
}

base::Error invalid_argument(const std::string& what);

base::Result<ClientSettings> read_options(const ferry_options* options);
/// What is not given is taken from `settings`.
base::Result<FetchRequest> read_request(const ferry_fetch_request* request, const ClientSettings& settings);
base::Result<ProxySettings> read_proxy_options(const ferry_proxy_options* options, const ClientSettings& settings);
base::Result<base::Amount> read_amount(const char* text, const char* name);
/// NULL: "relay".
base::Result<WantedLevel> read_wanted_level(const char* text);
/// NULL: the first of `settings`.
base::Result<RelayReference> read_relay(const char* text, const ClientSettings& settings);

/// Fills in a caller's ferry_error, as far as its struct reaches, and gives the code. `error` may be NULL.
std::int32_t write_error(const base::Error& from, ferry_error* error);

}  // namespace ferry::client
