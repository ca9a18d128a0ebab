// Any bytes as what a relay leaves with a watchtower: what is understood is written and understood alike, and checking it ends in yes or no.

#include "protocol/base/typed_data.hpp"
#include "relay/watchtower/watch_row.hpp"
#include "tests/fuzz/require.hpp"

using namespace ferry;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto rows = relay::unpack_watch_rows({data, size});
  if (!rows) return 0;
  require(rows->size() <= relay::kMaxRowsAtOnce, "a request keeps to its limit");
  const auto domain = base::domain_separator({199, base::Address{}});
  for (const auto& row : *rows) {
    static_cast<void>(relay::check_watch_row(domain, row));
    const auto packed = relay::pack(row);
    require(packed.size() <= relay::kMaxWatchRowBytes, "a row keeps to its limit");
    const auto again = relay::unpack_watch_row(packed);
    require(again && relay::pack(*again) == packed, "a row is written as it was read");
  }
  return 0;
}
