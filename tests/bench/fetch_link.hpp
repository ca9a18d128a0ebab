#pragma once
// FetchLink: a session that fetches object after object, verifies and pays as a client does, and throws the bytes away. Used by load_relay.

#include <chrono>
#include <optional>
#include <vector>

#include "protocol/content/verifier.hpp"
#include "tests/bench/bench_channel.hpp"
#include "tests/bench/relay_link.hpp"

namespace ferry::bench {

struct FetchPlan {
  std::string url;                 ///< "{n}" in it is replaced by the number of the object
  std::uint32_t objects = 1;       ///< taken in turn; 0: each request names a new one
  std::string fresh;               ///< stands before the number of a new one, so that runs do not repeat each other's
  bool verify = true;              ///< hashes, manifests and charges
  std::uint32_t prepay_chunks = 4;
  chain::LedgerTransport ledger;
};

struct FetchCounts {
  std::uint64_t bytes = 0, hits = 0, misses = 0, redelivered = 0, requests = 0, vouchers = 0, waits = 0;
  std::vector<double> first_chunk_ms;  ///< from the request to the first chunk that was verified
};

class FetchLink final : public RelayLink {
 public:
  FetchLink(const RelayPlace& place, std::unique_ptr<TlsSocket> socket, std::uint32_t number, const FetchPlan& plan, FetchCounts& counts);

 private:
  base::Result<void> on_event(wire::ClientEvent event) override;
  base::Result<void> on(const wire::RelayWelcomed& event);
  base::Result<void> on(const wire::ChannelState& event);
  base::Result<void> on(const wire::VoucherRefused& event);
  base::Result<void> on(const wire::NeedVoucher& event);
  base::Result<void> on(const wire::QuoteMessage& event);
  base::Result<void> on(const wire::ManifestMessage& event);
  base::Result<void> on(const wire::Hashes& event);
  base::Result<void> on(const wire::ChunkMessage& event);
  base::Result<void> on(const wire::Done& event);
  base::Result<void> on(const wire::Refused& event);
  base::Result<void> on(const wire::LedgerReply& event);
  base::Result<void> on(const wire::Relays& event);
  base::Result<void> on(const wire::RelayLeaving& event);
  /// The session lets nothing of a tunnel through where none was opened.
  template <typename OfTunnel>
  base::Result<void> on(const OfTunnel& /*event*/) {
    return {};
  }

  base::Result<void> start_request();
  std::string next_url();
  void pay();

  const FetchPlan& plan_;
  FetchCounts& counts_;
  std::uint32_t number_;
  std::uint64_t asked_ = 0;
  std::optional<BenchChannel> channel_;
  std::optional<ferry::content::BodyVerifier> verifier_;
  base::Amount ahead_;  ///< of the running request
  base::StreamId stream_;
  std::uint64_t unreturned_window_ = 0;
  bool seen_chunk_ = false;
  std::chrono::steady_clock::time_point began_;
};

}  // namespace ferry::bench
