#pragma once
// The fields of every message in the order of the wire, each with its limit, told once. What walks them (FieldWriter, FieldReader,
// FieldCounter) knows how each type of field looks in MessagePack. Internal to the codec.

#include <cstddef>
#include <type_traits>
#include <variant>

#include "protocol/wire/limits.hpp"
#include "protocol/wire/messages.hpp"

namespace ferry::wire {

/// Marks a text for people: codes, reasons, software names. At most kMaxText printable bytes.
struct Label {};
inline constexpr Label kLabel{};

/// Marks a number or a list that must not be zero or empty.
struct NonZero {
  std::uint64_t max = UINT64_MAX;
};

/// Walkers are generic over constness: `In<W, Hello>` is const for a writer.
template <typename Walker, typename Message>
using In = std::conditional_t<Walker::kReads, Message&, const Message&>;

// --- session ----------------------------------------------------------------------------------------------------------------

template <typename W>
void walk(W& field, In<W, Hello> m) {
  field(m.versions);
  field(m.software, kLabel);
}

template <typename W>
void walk(W& field, In<W, Welcome> m) {
  field(m.version, NonZero{UINT32_MAX});
  field(m.relay);
  field(m.proof);
  field(m.receiver);
  field(m.chain_id);
  field(m.contract);
  field(m.token);
  field(m.withdraw_delay);
  field(m.min_deposit);
  field(m.policy_hash);
  field(m.now);
  field(m.software, kLabel);
}

template <typename W>
void walk(W& field, In<W, Authenticate> m) {
  field(m.key);
  field(m.proof);
}

// --- paying -----------------------------------------------------------------------------------------------------------------

template <typename W>
void walk(W& field, In<W, OpenChannel> m) {
  field(m.config, kMaxPackedConfig);
  field(m.confirmed);
}

template <typename W>
void walk(W& field, In<W, ChannelState> m) {
  field(m.channel);
  field(m.open);
  field(m.code, kLabel);
  field(m.message, kLabel);
  field(m.balance);
  field(m.total_claimed);
  field(m.charged);
  field(m.ceiling);
  field(m.ceiling_signature);
  field(m.credit_chunks);
}

template <typename W>
void walk(W& field, In<W, VoucherMessage> m) {
  field(m.channel);
  field(m.ceiling);
  field(m.signature);
  field(m.confirmed);
}

template <typename W>
void walk(W& field, In<W, VoucherRefused> m) {
  field(m.channel);
  field(m.code, kLabel);
  field(m.message, kLabel);
  field(m.ceiling);
  field(m.charged);
}

template <typename W>
void walk(W& field, In<W, NeedVoucher> m) {
  field(m.channel);
  field(m.stream);
  field(m.required);
  field(m.ceiling);
  field(m.charged);
  field(m.balance);
}

template <typename W>
void walk(W& field, In<W, CloseChannel> m) {
  field(m.config, kMaxPackedConfig);
  field(m.confirmed);
  field(m.ceiling);
  field(m.signature);
}

template <typename W>
void walk(W& field, In<W, CloseSigned> m) {
  field(m.channel);
  field(m.nonce);
  field(m.amount);
  field(m.signature);
  field(m.ceiling);
  field(m.ceiling_signature);
}

template <typename W>
void walk(W& field, In<W, CloseRefused> m) {
  field(m.channel);
  field(m.code, kLabel);
  field(m.message, kLabel);
  field(m.ceiling);
  field(m.charged);
}

// --- one request on a stream ------------------------------------------------------------------------------------------------

template <typename W>
void walk(W& field, In<W, Request> m) {
  field(m.stream);
  field(m.kind);
  field(m.channel);
  field(m.confirmed);
  field(m.method, kMaxMethod);
  field(m.url, kMaxUrl);
  field(m.headers);
  field(m.first_chunk, kMaxChunkIndex);
  field(m.chunk_count);
  field(m.if_validator, kMaxValidator);
  field(m.accept_up_to);
  field(m.window, kMaxWindow);
}

template <typename W>
void walk(W& field, In<W, Accept> m) {
  field(m.stream);
  field(m.nonce);
}

template <typename W>
void walk(W& field, In<W, Window> m) {
  field(m.stream);
  field(m.bytes, NonZero{kMaxWindow});
}

template <typename W>
void walk(W& field, In<W, Cancel> m) {
  field(m.stream);
}

template <typename W>
void walk(W& field, In<W, QuoteMessage> m) {
  field(m.stream);
  field(m.quote, kMaxPackedQuote);
  field(m.signature);
}

template <typename W>
void walk(W& field, In<W, ManifestMessage> m) {
  field(m.stream);
  field(m.final);
  field(m.manifest, kMaxPackedManifest);
  field(m.signature);
  field(m.charge);
  field(m.redelivered);
  field(m.charged_after);
}

template <typename W>
void walk(W& field, In<W, Hashes> m) {
  field(m.stream);
  field(m.first, kMaxChunkIndex);
  field(m.hashes);
}

template <typename W>
void walk(W& field, In<W, ChunkMessage> m) {
  field(m.stream);
  field(m.index);
  field(m.source, std::uint64_t{1});
  field(m.redelivered);
  field(m.charge);
  field(m.charged_after);
  field(m.hash);
  field(m.payload);
}

template <typename W>
void walk(W& field, In<W, Witnessed> m) {
  field(m.stream);
  field(m.index);
  field(m.bytes, NonZero{kMaxChunkPayload});
  field(m.source, std::uint64_t{1});
  field(m.redelivered);
  field(m.charge);
  field(m.charged_after);
  field(m.hash);
}

template <typename W>
void walk(W& field, In<W, Done> m) {
  field(m.stream);
}

template <typename W>
void walk(W& field, In<W, Refused> m) {
  field(m.stream);
  field(m.error.kind);
  field(m.error.code, kLabel);
  field(m.error.message, kLabel);
  field(m.retry_after_seconds);
}

// --- one tunnel on a stream -------------------------------------------------------------------------------------------------

template <typename W>
void walk(W& field, In<W, OpenTunnel> m) {
  field(m.stream);
  field(m.channel);
  field(m.confirmed);
  field(m.host, kMaxTunnelHost);
  field(m.port, NonZero{UINT16_MAX});
  field(m.accept_up_to);
  field(m.window, kMaxWindow);
}

template <typename W>
void walk(W& field, In<W, TunnelOpened> m) {
  field(m.stream);
}

template <typename W>
void walk(W& field, In<W, TunnelData> m) {
  field(m.stream);
  field(m.payload);
}

template <typename W>
void walk(W& field, In<W, TunnelEnd> m) {
  field(m.stream);
  field(m.reset);
}

template <typename W>
void walk(W& field, In<W, TunnelMeter> m) {
  field(m.stream);
  field(m.down_bytes);
  field(m.up_bytes);
  field(m.charge);
  field(m.charged_after);
}

// --- the rest ---------------------------------------------------------------------------------------------------------------

template <typename W>
void walk(W& field, In<W, LedgerCall> m) {
  field(m.id, NonZero{UINT32_MAX});
  field(m.method, kMaxText);
  field(m.body, kMaxLedgerBody);
}

template <typename W>
void walk(W& field, In<W, LedgerReply> m) {
  field(m.id, NonZero{UINT32_MAX});
  field(m.body, kMaxLedgerBody);
}

template <typename W>
void walk(W& field, In<W, FindRelays> m) {
  field(m.id, NonZero{UINT32_MAX});
  field(m.region, kMaxRegion);
  field(m.limit, NonZero{kMaxDescriptors});
}

template <typename W>
void walk(W& field, In<W, FindHolders> m) {
  field(m.id, NonZero{UINT32_MAX});
  field(m.root);
  field(m.limit, NonZero{kMaxDescriptors});
}

template <typename W>
void walk(W& field, In<W, Relays> m) {
  field(m.id, NonZero{UINT32_MAX});
  field(m.descriptors);
}

template <typename W>
void walk(W& field, In<W, Ping> m) {
  field(m.nonce);
}

template <typename W>
void walk(W& field, In<W, Pong> m) {
  field(m.nonce);
}

template <typename W>
void walk(W& field, In<W, Goodbye> m) {
  field(m.code, kLabel);
  field(m.message, kLabel);
}

// --- numbers of the types ---------------------------------------------------------------------------------------------------

template <typename Message>
inline constexpr MessageType kTypeOf = MessageType::goodbye;
template <> inline constexpr MessageType kTypeOf<Hello> = MessageType::hello;
template <> inline constexpr MessageType kTypeOf<Welcome> = MessageType::welcome;
template <> inline constexpr MessageType kTypeOf<Authenticate> = MessageType::authenticate;
template <> inline constexpr MessageType kTypeOf<OpenChannel> = MessageType::open_channel;
template <> inline constexpr MessageType kTypeOf<ChannelState> = MessageType::channel_state;
template <> inline constexpr MessageType kTypeOf<VoucherMessage> = MessageType::voucher;
template <> inline constexpr MessageType kTypeOf<VoucherRefused> = MessageType::voucher_refused;
template <> inline constexpr MessageType kTypeOf<NeedVoucher> = MessageType::need_voucher;
template <> inline constexpr MessageType kTypeOf<CloseChannel> = MessageType::close_channel;
template <> inline constexpr MessageType kTypeOf<CloseSigned> = MessageType::close_signed;
template <> inline constexpr MessageType kTypeOf<CloseRefused> = MessageType::close_refused;
template <> inline constexpr MessageType kTypeOf<Request> = MessageType::request;
template <> inline constexpr MessageType kTypeOf<Accept> = MessageType::accept;
template <> inline constexpr MessageType kTypeOf<Window> = MessageType::window;
template <> inline constexpr MessageType kTypeOf<Cancel> = MessageType::cancel;
template <> inline constexpr MessageType kTypeOf<QuoteMessage> = MessageType::quote;
template <> inline constexpr MessageType kTypeOf<ManifestMessage> = MessageType::manifest;
template <> inline constexpr MessageType kTypeOf<Hashes> = MessageType::hashes;
template <> inline constexpr MessageType kTypeOf<ChunkMessage> = MessageType::chunk;
template <> inline constexpr MessageType kTypeOf<Witnessed> = MessageType::witnessed;
template <> inline constexpr MessageType kTypeOf<Done> = MessageType::done;
template <> inline constexpr MessageType kTypeOf<Refused> = MessageType::refused;
template <> inline constexpr MessageType kTypeOf<OpenTunnel> = MessageType::open_tunnel;
template <> inline constexpr MessageType kTypeOf<TunnelOpened> = MessageType::tunnel_opened;
template <> inline constexpr MessageType kTypeOf<TunnelData> = MessageType::tunnel_data;
template <> inline constexpr MessageType kTypeOf<TunnelEnd> = MessageType::tunnel_end;
template <> inline constexpr MessageType kTypeOf<TunnelMeter> = MessageType::tunnel_meter;
template <> inline constexpr MessageType kTypeOf<LedgerCall> = MessageType::ledger_call;
template <> inline constexpr MessageType kTypeOf<LedgerReply> = MessageType::ledger_reply;
template <> inline constexpr MessageType kTypeOf<FindRelays> = MessageType::find_relays;
template <> inline constexpr MessageType kTypeOf<FindHolders> = MessageType::find_holders;
template <> inline constexpr MessageType kTypeOf<Relays> = MessageType::relays;
template <> inline constexpr MessageType kTypeOf<Ping> = MessageType::ping;
template <> inline constexpr MessageType kTypeOf<Pong> = MessageType::pong;

/// Elements of a message's array: its type and its fields.
struct FieldCounter {
  static constexpr bool kReads = false;
  std::uint32_t count = 1;
  template <typename... Any>
  void operator()(const Any&...) {
    ++count;
  }
};

template <typename Message>
std::uint32_t element_count() {
  FieldCounter counter;
  walk(counter, Message{});
  return counter.count;
}

}  // namespace ferry::wire
