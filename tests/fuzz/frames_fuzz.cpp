// Any bytes from a relay after the WebSocket handshake: no cut changes what is read, no message is longer than allowed, and nothing comes behind a
// close or an error. One difference is allowed: of several pings that come at once only the last is answered (RFC 6455, 5.5.3).

#include "protocol/wire/limits.hpp"
#include "tests/fuzz/fuzz_bytes.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/unit/client/transport/read_frames.hpp"

using namespace ferry;
using client::testing::FramesRead;
using client::testing::read_frames;
using ferry::fuzz::FuzzBytes;
using ferry::fuzz::require;

namespace {

bool same(const FramesRead& a, const FramesRead& b) {
  const auto code = [](const FramesRead& read) { return read.error ? read.error->message : std::string(); };
  return a.messages == b.messages && code(a) == code(b) && a.closed == b.closed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView bytes{data, size};
  const auto whole = read_frames(bytes, [size] { return size; });
  for (const auto& message : whole.messages) require(message.size() <= wire::kMaxMessageToClient, "a message is bounded");
  for (const auto& ping : whole.pings) require(ping.size() <= 125, "a ping is bounded");
  require(!(whole.error && whole.closed), "an error, or a close");
  const auto slow = read_frames(bytes, [] { return std::size_t{1}; });
  require(same(slow, whole), "single bytes give the same");
  require(slow.pings.size() >= whole.pings.size(), "no ping is made up");
  // The cuts come out of the same input, so that a fuzzer can look for bad ones.
  FuzzBytes cuts(data, size);
  require(same(read_frames(bytes, [&cuts] { return std::size_t{1} + cuts.below(64); }), whole), "any cut gives the same");
  return 0;
}
