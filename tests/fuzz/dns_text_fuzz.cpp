// Any bytes as an answer of DNS: at most 64 relays stand in it, and each of them can be written.

#include "client/relays/dns_text.hpp"
#include "tests/fuzz/require.hpp"

using namespace ferry;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto relays = client::relays_in_answer({data, size});
  require(relays.size() <= 64, "an answer names at most 64 relays");
  for (const auto& relay : relays) require(client::RelayReference::parse(relay.to_string()) == relay, "a reference reads back as itself");
  return 0;
}
