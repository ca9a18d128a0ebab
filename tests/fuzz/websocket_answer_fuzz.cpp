// Any bytes as a server's answer to the WebSocket handshake: nothing is taken before its end is there, and what is taken ends with it; more bytes
// behind an end change nothing; who passes knows the key.

#include "client/transport/websocket_handshake.hpp"
#include "tests/fuzz/require.hpp"

using namespace ferry;
using client::WebsocketHandshake;
using ferry::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string key = "AAAAAAAAAAAAAAAAAAAAAA==";
  const WebsocketHandshake handshake("relay.example:7000", key);
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = handshake.read_response(bytes);
  if (!whole) {
    require(!whole.error().message.empty(), "an error says something");
    require(handshake.read_response(bytes + "x").has_value() == false, "what is wrong stays wrong");
    return 0;
  }
  require(*whole <= bytes.size(), "no more is taken than there is");
  if (*whole == 0) {
    require(bytes.size() < WebsocketHandshake::kMaxResponseBytes, "an answer without an end is bounded");
    return 0;
  }
  const auto taken = bytes.substr(0, *whole);
  require(taken.ends_with("\r\n\r\n"), "the end is an empty line");
  require(taken.find(WebsocketHandshake::accept_value(key)) != std::string::npos, "who answers has read the key");
  require(handshake.read_response(taken).value() == *whole && handshake.read_response(bytes + "x").value() == *whole, "what follows changes nothing");
  for (std::size_t cut = 0; cut < taken.size(); ++cut) require(handshake.read_response(taken.substr(0, cut)).value() == 0, "nothing is taken before the end");
  return 0;
}
