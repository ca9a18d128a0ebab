// Any bytes from an app that says it speaks SOCKS, with and without a password: no cut changes what comes of them, nothing is answered
// that is no SOCKS, and who is let in has the password.

#include "tests/fuzz/fuzz_bytes.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/unit/client/front/cut_input.hpp"

using namespace ferry;
using namespace ferry::client;
using ferry::fuzz::FuzzBytes;
using ferry::fuzz::require;

namespace {

/// A greeting, an authentication and a reply.
constexpr std::size_t kMaxReply = 2 + 2 + 10;

void check(const SocksOutcome& outcome, base::ByteView bytes) {
  require(outcome.reply.size() <= kMaxReply, "replies are few");
  require(outcome.refused.empty() || outcome.destination.empty(), "refused or granted, not both");
  require(outcome.is_waiting == (outcome.refused.empty() && outcome.destination.empty()), "waiting, or over");
  require(!outcome.is_waiting || outcome.left.empty(), "a handshake takes all bytes while it waits");
  require(std::equal(outcome.left.rbegin(), outcome.left.rend(), bytes.rbegin()), "early data is the end of the bytes");
  require(outcome.user.size() <= 255, "a name is bounded");
  if (!outcome.destination.empty()) {
    const auto again = parse_destination(outcome.destination);
    require(again && again->to_string() == outcome.destination, "a destination is canonical");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzBytes input(data, size);
  const auto choice = input.byte();
  const std::optional<Credentials> required = (choice & 1U) != 0 ? std::optional{Credentials{"u", "p"}} : std::nullopt;
  const base::ByteView bytes = input.take(size);
  const auto whole = socks_outcome(required, bytes, pieces_of(SIZE_MAX));
  check(whole, bytes);
  require(socks_outcome(required, bytes, pieces_of(1)) == whole, "single bytes give the same");
  // The cuts come out of the same input, so that a fuzzer can look for bad ones.
  FuzzBytes cuts(data, size);
  require(socks_outcome(required, bytes, [&cuts] { return std::size_t{1} + cuts.below(16); }) == whole, "any cut gives the same");
  const bool is_let_in = required && !whole.destination.empty();
  const base::Bytes password{1, 1, 'u', 1, 'p'};
  require(!is_let_in || std::search(bytes.begin(), bytes.end(), password.begin(), password.end()) != bytes.end(),
          "nobody gets in without the password");
  return 0;
}
