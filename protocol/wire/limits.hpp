#pragma once
// Every limit on what a peer may send, in one place, each with the reason for its value. Both sides enforce what they receive.

#include <cstddef>
#include <cstdint>

#include "protocol/base/time.hpp"

namespace ferry::wire {

/// The protocol's version as negotiated in hello/welcome, and its WebSocket subprotocol.
inline constexpr std::uint32_t kProtocolVersion = 1;
inline constexpr char kSubprotocol[] = "ferry.1";
inline constexpr char kEndpointPath[] = "/ferry";

/// A relay's largest message is a chunk (256 KiB) or a page of hashes, plus fields.
inline constexpr std::size_t kMaxMessageToClient = 256 * 1024 + 4096;
/// A client's largest message is a request with its headers, or a ledger call with 50 claim rows.
inline constexpr std::size_t kMaxMessageToRelay = 96 * 1024;

inline constexpr std::size_t kMaxVersions = 16;          ///< offered in hello; a list, not a flood
inline constexpr std::size_t kMaxText = 256;             ///< software names, codes, reasons
inline constexpr std::size_t kMaxUrl = 8192;             ///< as base::Url
inline constexpr std::size_t kMaxMethod = 16;
inline constexpr std::size_t kMaxRequestHeaders = 64;    ///< a browser sends about 20
inline constexpr std::size_t kMaxRequestHeaderBytes = 32 * 1024;
inline constexpr std::size_t kMaxHashesPerMessage = 4096; ///< 128 KiB of hashes: 1 GiB of body per page
inline constexpr std::size_t kMaxValidator = 1024;       ///< an ETag, or Last-Modified and a length
inline constexpr std::size_t kMaxLedgerBody = 64 * 1024;
inline constexpr std::size_t kMaxLedgerCallsInFlight = 16;
inline constexpr std::size_t kMaxChannelsPerSession = 8; ///< one is usual; a few for top-ups and old epochs

/// What travels packed and is decoded by its own layer: channels::ChannelConfig (137 bytes today), pricing::Quote, content::Manifest.
inline constexpr std::size_t kMaxPackedConfig = 256;
inline constexpr std::size_t kMaxPackedQuote = 1024;
inline constexpr std::size_t kMaxPackedManifest = 64 * 1024 + 4096;

/// Looking for relays: descriptors in one answer (64 KiB at most), how long each is (BEP 44 takes values of 1,000 bytes), the name of a region,
/// and questions that wait for an answer.
inline constexpr std::size_t kMaxDescriptors = 64;
inline constexpr std::size_t kMaxPackedDescriptor = 1000;
inline constexpr std::size_t kMaxRegion = 16;
inline constexpr std::size_t kMaxFindsInFlight = 4;

/// One chunk, and the largest body in chunks (16 TiB): an index below this cannot overflow an offset.
inline constexpr std::size_t kMaxChunkPayload = 256 * 1024;
inline constexpr std::uint64_t kMaxChunkIndex = std::uint64_t{1} << 26U;

/// Streams open at once in one session: the connections of all programs of a machine, of which a browser alone has hundreds.
inline constexpr std::size_t kMaxStreams = 512;

/// Flow control: bytes of chunk payload that may be under way on one stream without a new window. 2 MiB fills 100 Mbit/s at 160 ms.
inline constexpr std::uint64_t kInitialWindow = 2 * 1024 * 1024;
inline constexpr std::uint64_t kMaxWindow = 64 * 1024 * 1024;

/// A tunnel: what the client may send before the relay has opened its window further. It holds a TLS hello or a small request many times, so
/// early data costs no round trip; and bounds what a relay keeps for a tunnel that it has not connected yet.
inline constexpr std::uint64_t kInitialUpWindow = 64 * 1024;
/// What all tunnels of a session may hold on their way to destinations; one that goes beyond is ended.
inline constexpr std::size_t kMaxUpBytesHeld = 16 * 1024 * 1024;
/// The largest piece that a client may send into a tunnel at once, so that the streams of a slow uplink take turns; a relay may send
/// kMaxChunkPayload.
inline constexpr std::size_t kMaxUpPayload = 64 * 1024;
/// A DNS name in text has at most 253 characters; what SOCKS can carry is 255.
inline constexpr std::size_t kMaxTunnelHost = 255;

/// What a session may have queued for sending before the stream coroutines wait: a few chunks keep the socket full.
inline constexpr std::size_t kMaxQueuedBytes = 4 * 1024 * 1024;

/// Answers to a peer that asks without reading: all ledger replies that may be in flight, and as much again for the small ones.
inline constexpr std::size_t kMaxUnreadAnswers = 2 * kMaxLedgerCallsInFlight * kMaxLedgerBody;

/// Deadlines on a silent or slow peer.
inline constexpr base::Duration kHandshakeTimeout{10'000};
inline constexpr base::Duration kIdleTimeout{120'000};   ///< no message at all; a ping is sent at half of it
inline constexpr base::Duration kAcceptTimeout{90'000};  ///< quote sent, no acceptance: validity + grace

/// A client whose vouchers are refused this often in a minute is closed: each costs a signature check.
inline constexpr std::uint32_t kMaxBadVouchersPerMinute = 50;

}  // namespace ferry::wire
