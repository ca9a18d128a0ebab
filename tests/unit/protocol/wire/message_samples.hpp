#pragma once
// One message of every type with no field at its default: the messages whose bytes docs/protocol.md spells out.

#include <string>
#include <utility>
#include <vector>

#include "protocol/wire/messages.hpp"

namespace ferry::wire::samples {

inline base::Address address(std::uint8_t fill) {
  base::Address out;
  out.data.fill(fill);
  return out;
}

template <typename Value>
Value bytes32(std::uint8_t fill) {
  Value out;
  out.data.fill(fill);
  return out;
}

/// Right in form, made by no key.
inline base::Signature signature() {
  base::Signature out;
  out.data.fill(0x0b);
  out.data[64] = 27;
  return out;
}

inline base::Amount amount(std::uint64_t units) { return base::Amount::from_units(units); }

inline base::ChannelId channel() { return bytes32<base::ChannelId>(0x66); }

inline base::ByteView payload() {
  static const base::Bytes bytes{'h', 'e', 'l', 'l', 'o'};
  return bytes;
}

inline Request request() {
  Request out;
  out.stream = base::StreamId{5};
  out.channel = channel();
  out.confirmed = amount(320);
  out.method = "GET";
  out.url = "https://example.org/a";
  out.headers = {{"accept", "*/*"}, {"accept-language", "de"}};
  out.first_chunk = 3;
  out.chunk_count = 4;
  out.if_validator = "\"v1\"";
  out.accept_up_to = PriceLimit{amount(100), amount(200), amount(1)};
  out.window = 2'097'152;
  return out;
}

inline Welcome welcome() {
  Welcome out;
  out.version = 1;
  out.relay = address(0x11);
  out.proof = signature();
  out.receiver = address(0x22);
  out.chain_id = 199;
  out.contract = address(0x33);
  out.token = address(0x44);
  out.withdraw_delay = 86'400;
  out.min_deposit = amount(1000);
  out.policy_hash = bytes32<base::Hash256>(0x99);
  out.now = base::Time{1'800'000'000'123};
  out.software = "ferry-relay/0.1.0";
  return out;
}

inline ChannelState channel_state() {
  return {channel(), true, "withdrawing", "a withdrawal is pending", amount(500), amount(100), amount(320), amount(300), signature(), 2};
}

inline ChunkMessage chunk() {
  ChunkMessage out;
  out.stream = base::StreamId{5};
  out.index = base::ChunkIndex{3};
  out.source = 1;
  out.redelivered = true;
  out.charge = amount(50);
  out.charged_after = amount(370);
  out.hash = bytes32<base::Hash256>(0x88);
  out.payload = Payload{nullptr, payload()};
  return out;
}

using NamedToRelay = std::vector<std::pair<std::string, ToRelay>>;
using NamedToClient = std::vector<std::pair<std::string, ToClient>>;

inline NamedToRelay to_relay() {
  const base::StreamId stream{5};
  return {
      {"hello", Hello{{1, 2}, "ferry/0.1.0"}},
      {"authenticate", Authenticate{address(0x55), signature()}},
      {"open_channel", OpenChannel{{0xc0, 0xff, 0xee}, amount(300)}},
      {"voucher", VoucherMessage{channel(), amount(350), signature(), amount(320)}},
      {"close_channel", CloseChannel{{0xc0, 0xff, 0xee}, amount(320), amount(350), signature()}},
      {"request", request()},
      {"accept", Accept{stream, bytes32<base::Salt>(0x77)}},
      {"window", Window{stream, 262'144}},
      {"cancel", Cancel{stream}},
      {"open_tunnel", OpenTunnel{stream, channel(), amount(320), "example.org", 443, TunnelLimit{amount(100), amount(100), amount(1)}, 65'536}},
      {"tunnel_data to relay", TunnelData{stream, Payload{nullptr, payload()}}},
      {"tunnel_end to relay", TunnelEnd{stream, true}},
      {"ledger_call", LedgerCall{7, "read_channel", "{}"}},
      {"find_relays", FindRelays{7, "de", 16}},
      {"find_holders", FindHolders{7, bytes32<base::Hash256>(0xaa), 16}},
      {"ping", Ping{1}},
      {"pong", Pong{1}},
      {"goodbye", Goodbye{"done", "thank you"}},
  };
}

inline NamedToClient to_client() {
  const base::StreamId stream{5};
  const auto hash = bytes32<base::Hash256>(0x88);
  return {
      {"welcome", welcome()},
      {"channel_state", channel_state()},
      {"voucher_refused", VoucherRefused{channel(), "voucher_above_balance", "deposit first", amount(300), amount(320)}},
      {"need_voucher", NeedVoucher{channel(), stream, amount(400), amount(300), amount(320), amount(500)}},
      {"close_signed", CloseSigned{channel(), 1, amount(180), signature(), amount(300), signature()}},
      {"close_refused", CloseRefused{channel(), "close_owing", "send a voucher first", amount(300), amount(320)}},
      {"quote", QuoteMessage{stream, {0xc0, 0xff, 0xee}, signature()}},
      {"manifest", ManifestMessage{stream, true, {0xc0, 0xff, 0xee}, signature(), amount(1), true, amount(320)}},
      {"hashes", Hashes{stream, 3, {hash, bytes32<base::Hash256>(0x89)}}},
      {"chunk", chunk()},
      {"witnessed", Witnessed{stream, base::ChunkIndex{3}, 200'000, 1, true, amount(50), amount(370), hash}},
      {"done", Done{stream}},
      {"refused", Refused{stream, base::environment("origin_timeout", "the origin did not answer"), 30}},
      {"window to client", Window{stream, 262'144}},
      {"tunnel_opened", TunnelOpened{stream}},
      {"tunnel_data to client", TunnelData{stream, Payload{nullptr, payload()}}},
      {"tunnel_end to client", TunnelEnd{stream, false}},
      {"tunnel_meter", TunnelMeter{stream, 200'000, 62'144, amount(26), amount(346)}},
      {"ledger_reply", LedgerReply{7, "{}"}},
      {"relays", Relays{7, {{0xc0, 0xff, 0xee}}}},
      {"ping", Ping{1}},
      {"pong", Pong{1}},
      {"goodbye", Goodbye{"draining", "use another relay"}},
  };
}

/// A message as it goes over the wire.
inline base::Bytes joined(const OutMessage& message) {
  base::Bytes out = message.head;
  out.insert(out.end(), message.payload.bytes.begin(), message.payload.bytes.end());
  return out;
}

template <typename Variant>
base::Bytes bytes_of(const Variant& message) {
  return joined(encode(message));
}

}  // namespace ferry::wire::samples
