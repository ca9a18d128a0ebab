// docs/protocol.md: every message's bytes, both proofs and every limit that it names are what the code says. The bytes were made by
// another program than ours.

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "channels/channel_config.hpp"
#include "pricing/quote.hpp"
#include "protocol/content/geometry.hpp"
#include "protocol/content/manifest.hpp"
#include "protocol/wire/limits.hpp"
#include "tests/unit/protocol/wire/message_samples.hpp"

using namespace ferry;
using namespace ferry::wire;

namespace {

/// Name → hexadecimal, from the blocks marked as vectors: a name, then indented lines.
std::map<std::string, std::string> read_vectors() {
  std::ifstream file(FERRY_SOURCE_DIR "/docs/protocol.md");
  std::map<std::string, std::string> out;
  std::string line;
  std::string name;
  bool inside = false;
  while (std::getline(file, line)) {
    if (line.starts_with("```")) {
      inside = line == "```vectors";
    } else if (inside && line.starts_with("  ")) {
      out[name] += line.substr(2);
    } else if (inside) {
      name = line;
    }
  }
  return out;
}

std::map<std::string, std::string> read_limits() {
  std::ifstream file(FERRY_SOURCE_DIR "/docs/protocol.md");
  std::map<std::string, std::string> out;
  std::string line;
  while (std::getline(file, line)) {
    if (!line.starts_with("| k")) continue;
    std::istringstream words(line);
    std::string bar;
    std::string name;
    std::string value;
    words >> bar >> name >> bar >> value;
    out[name] = value;
  }
  return out;
}

std::string vector_name(const std::string& name, const char* side) { return name == "goodbye" ? name + side : name; }

}  // namespace

TEST_CASE("protocol document: every message has the bytes it shows") {
  auto vectors = read_vectors();
  for (const auto& [name, message] : samples::to_relay()) {
    CAPTURE(name);
    CHECK(base::to_hex(samples::bytes_of(message)) == vectors[vector_name(name, " to relay")]);
  }
  for (const auto& [name, message] : samples::to_client()) {
    CAPTURE(name);
    CHECK(base::to_hex(samples::bytes_of(message)) == vectors[vector_name(name, " to client")]);
  }
}

TEST_CASE("protocol document: the samples are of every type, and no type is missing") {
  CHECK(samples::to_relay().size() == std::variant_size_v<ToRelay>);
  CHECK(samples::to_client().size() == std::variant_size_v<ToClient>);
  const auto& relay = samples::to_relay();
  for (std::size_t i = 0; i < relay.size(); ++i) CHECK(relay[i].second.index() == i);
  const auto& client = samples::to_client();
  for (std::size_t i = 0; i < client.size(); ++i) CHECK(client[i].second.index() == i);
}

TEST_CASE("protocol document: the proofs it shows are made and accepted") {
  auto vectors = read_vectors();
  const auto relay = base::SecretKey::from_hex(vectors["relay key"]).value();
  const auto client = base::SecretKey::from_hex(vectors["client key"]).value();
  const auto exporter = Exporter::parse_hex(vectors["exporter"]).value();
  CHECK(base::to_hex(relay.address().view()) == vectors["relay address"]);
  CHECK(base::to_hex(client.address().view()) == vectors["client address"]);

  const auto relay_digest = relay_proof_digest(exporter, relay.address());
  CHECK(relay_digest.hex() == vectors["relay digest"]);
  CHECK(base::to_hex(relay.sign(relay_digest).view()) == vectors["relay proof"]);

  const auto client_digest = client_proof_digest(exporter, relay.address(), client.address());
  CHECK(client_digest.hex() == vectors["client digest"]);
  CHECK(base::to_hex(client.sign(client_digest).view()) == vectors["client proof"]);
}

TEST_CASE("protocol document: the limits it names are the constants") {
  const std::map<std::string, std::string> expected = {
      {"kMaxMessageToClient", std::to_string(kMaxMessageToClient)},
      {"kMaxMessageToRelay", std::to_string(kMaxMessageToRelay)},
      {"kMaxVersions", std::to_string(kMaxVersions)},
      {"kMaxText", std::to_string(kMaxText)},
      {"kMaxUrl", std::to_string(kMaxUrl)},
      {"kMaxMethod", std::to_string(kMaxMethod)},
      {"kMaxRequestHeaders", std::to_string(kMaxRequestHeaders)},
      {"kMaxRequestHeaderBytes", std::to_string(kMaxRequestHeaderBytes)},
      {"kMaxValidator", std::to_string(kMaxValidator)},
      {"kMaxHashesPerMessage", std::to_string(kMaxHashesPerMessage)},
      {"kMaxLedgerBody", std::to_string(kMaxLedgerBody)},
      {"kMaxLedgerCallsInFlight", std::to_string(kMaxLedgerCallsInFlight)},
      {"kMaxDescriptors", std::to_string(kMaxDescriptors)},
      {"kMaxPackedDescriptor", std::to_string(kMaxPackedDescriptor)},
      {"kMaxRegion", std::to_string(kMaxRegion)},
      {"kMaxFindsInFlight", std::to_string(kMaxFindsInFlight)},
      {"kMaxChannelsPerSession", std::to_string(kMaxChannelsPerSession)},
      {"kMaxPackedConfig", std::to_string(kMaxPackedConfig)},
      {"kMaxPackedQuote", std::to_string(kMaxPackedQuote)},
      {"kMaxPackedManifest", std::to_string(kMaxPackedManifest)},
      {"kMaxChunkPayload", std::to_string(kMaxChunkPayload)},
      {"kMaxChunkIndex", std::to_string(kMaxChunkIndex)},
      {"kInitialUpWindow", std::to_string(kInitialUpWindow)},
      {"kMaxUpPayload", std::to_string(kMaxUpPayload)},
      {"kMaxTunnelHost", std::to_string(kMaxTunnelHost)},
      {"kMaxStreams", std::to_string(kMaxStreams)},
      {"kMaxWindow", std::to_string(kMaxWindow)},
      {"kMaxUnreadAnswers", std::to_string(kMaxUnreadAnswers)},
      {"kHandshakeTimeout", std::to_string(kHandshakeTimeout.count())},
      {"kIdleTimeout", std::to_string(kIdleTimeout.count())},
      {"kAcceptTimeout", std::to_string(kAcceptTimeout.count())},
      {"kMaxBadVouchersPerMinute", std::to_string(kMaxBadVouchersPerMinute)},
  };
  CHECK(read_limits() == expected);
}

TEST_CASE("protocol limits: what other layers pack fits into its message") {
  CHECK(kMaxPackedQuote == pricing::Quote::kMaxPackedBytes);
  CHECK(kMaxPackedManifest == content::Manifest::kMaxPackedBytes);
  CHECK(kMaxChunkPayload == content::kChunkBytes);
  CHECK(kMaxChunkIndex == content::kMaxChunks);
  CHECK(channels::pack(channels::ChannelConfig{}).size() <= kMaxPackedConfig);
}

TEST_CASE("protocol limits: a packed quote ends with its nonce") {
  pricing::Quote quote;
  quote.nonce = samples::bytes32<base::Salt>(0x77);
  const base::Bytes packed = pricing::pack(quote);
  CHECK(base::to_hex(base::ByteView{packed}.last(32)) == quote.nonce.hex());
}
