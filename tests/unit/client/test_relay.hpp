#pragma once
// TestRelay: a small relay in this process, on a loopback port and a thread of its own, that can be told to lie. It speaks the real protocol
// (wire::RelaySession, channels::RelayLedger, an embedded ledger) over TLS; WebSocket frames are wslay's, so ours are read by somebody else.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "channels/chain/embedded_ledger.hpp"
#include "channels/relay_ledger.hpp"
#include "pricing/tariff.hpp"
#include "protocol/base/key.hpp"
#include "protocol/content/manifest.hpp"
#include "protocol/wire/messages.hpp"
#include "protocol/wire/tls_engine.hpp"
#include "tests/unit/client/scratch_dir.hpp"

namespace ferry::client::testing {

/// An embedded ledger for one or several test relays, with an easy faucet.
class TestLedger {
 public:
  explicit TestLedger(base::Amount grant = base::Amount::btt(10'000));
  chain::EmbeddedLedger& chain() { return *ledger_; }
  base::Domain domain();
  /// Moves the ledger's clock, for withdrawals.
  void advance(base::Duration by) { offset_ms_ += by.count(); }

 private:
  ScratchDir dir_;
  std::atomic<std::int64_t> offset_ms_{0};
  std::unique_ptr<chain::EmbeddedLedger> ledger_;
};

struct TestObject {
  base::Bytes body;
  std::uint16_t status = 200;
  content::Headers headers{{"content-type", "application/octet-stream"}};
  std::string validator = "\"v1\"";
  bool length_known = true;
  bool announces_hashes = false;
  std::set<std::uint64_t> held;  ///< chunks that are hits
  base::Duration age{0};         ///< since it was fetched and expired
};

/// What a destination of tunnels does next.
struct SiteStep {
  base::Bytes send;
  bool end = false;    ///< sends nothing more
  bool reset = false;  ///< breaks the connection off
};

/// A destination of tunnels: asked when it is connected (nothing has come), for each piece that comes, and once at the end of what comes.
using Site = std::function<SiteStep(base::ByteView came, bool ended)>;

/// Sends back all that comes, and ends when its client does.
Site echo();
/// Sends this at once; ends when its client does.
Site sends(base::Bytes bytes);

/// What an honest relay does not do. Chunk numbers count within the body.
struct Cheats {
  bool other_identity = false;
  std::optional<std::uint64_t> corrupt_chunk;     ///< one bit, under the right hash
  bool corrupt_all = false;                       ///< the same with every chunk
  std::optional<std::uint64_t> overcharge_chunk;  ///< by one unit
  bool overcharge_fee = false;
  std::optional<std::uint64_t> stall_at_chunk;    ///< says nothing more on this stream; of a witness it goes on
  bool stalls_only_whole = false;                 ///< on a stream that began with the first chunk
  std::optional<std::uint64_t> cut_chunk;         ///< sends half of its frame and closes; once
  std::optional<std::uint64_t> lose_chunk;        ///< charges it and closes before it is sent; once
  std::optional<std::uint64_t> skip_chunk;        ///< sends the one after it
  bool repeats_as_new = false;                    ///< a chunk that it charged before comes again under that charge, and not as repeated
  bool forged_view = false;
  base::Duration clock{0};                        ///< ahead of the true one
  bool old_quotes = false;                        ///< expired when they are sent
  bool quote_for_another = false;
  bool changes_final_manifest = false;
  bool ignores_validator = false;
  bool refuses_vouchers = false;
  bool stays_silent_after_welcome = false;
  bool silent_ledger = false;
  base::Amount claims_more;                       ///< of what it says that it charged and needs
  std::optional<std::uint64_t> give_up_at_chunk;  ///< as a relay whose reader takes nothing; once
  bool close_before_done = false;                 ///< with the last chunk sent; once
  std::optional<base::Error> refuse_requests;
  bool refuses_after_quote = false;
  std::uint64_t claims_longer = 0;    ///< bytes that the body does not have
  bool ignores_requests = false;      ///< says nothing to them
  bool ignores_a_request = false;     ///< the same; once
  std::optional<base::Error> refuse_tunnels;
  bool opens_no_tunnel = false;       ///< stays silent after its quote
  bool opens_without_yes = false;     ///< although its quote is above the limit and was not accepted
  bool meters_nothing = false;        ///< until the end of the tunnel
  bool offers_again = false;          ///< the first tunnel's quote, for every later one
  bool forges_again = false;          ///< the same, with one bit of the signature changed
  bool quotes_after_reset = false;    ///< keeps a tunnel's quote back until its client has dropped it; then goes on as if it had not
  std::uint64_t meters_more_down = 0; ///< bytes that never came
  std::uint64_t meters_more_up = 0;
  std::optional<std::uint64_t> overcharge_meter;  ///< the n-th of a tunnel, by one unit
  std::optional<std::vector<base::Bytes>> tells_of;  ///< other relays, when asked for them; without it stays silent
  std::optional<std::vector<base::Bytes>> tells_of_holders;  ///< the same, of who holds an object
  bool never_closes = false;  ///< stays silent when it is asked to close a channel
  std::optional<base::Error> refuse_close;
  int busy_closes = 0;        ///< so often it says that it is delivering
  base::Amount keeps_more;    ///< of a channel that is closed, beyond what it has charged
  std::optional<std::uint64_t> close_nonce;  ///< what it signs instead of the ledger's next
  std::function<void(wire::CloseSigned&)> forge_close;
  bool stays_silent_after_reset = false;  ///< neither meters nor ends a tunnel that its client dropped
};

struct SeenRequest {
  std::string url;
  std::string method;
  std::uint64_t first_chunk = 0;
  std::uint64_t chunk_count = 0;
  std::string if_validator;
  std::uint64_t window = 0;
  bool unseen = false;  ///< accept_up_to was given
  content::Headers headers;
  bool is_witness = false;
};

struct SeenTunnel {
  std::string to;            ///< host:port
  std::uint64_t window = 0;  ///< with the opening
  std::uint64_t largest_window = 0;
  bool unseen = false;       ///< accept_up_to was given
  std::size_t early = 0;     ///< bytes that came before it was opened
  base::Bytes up;
  std::uint64_t down = 0;    ///< bytes sent
  std::uint64_t meters = 0;
  bool opened = false;
  bool client_ended = false;
  bool reset = false;        ///< by the client
  bool over = false;
};

class TestRelay {
 public:
  explicit TestRelay(TestLedger& ledger);
  ~TestRelay();
  TestRelay(const TestRelay&) = delete;
  TestRelay& operator=(const TestRelay&) = delete;

  std::string reference() const;
  const base::Address& address() const { return identity_.address(); }
  /// Its word about itself, as others pass it on.
  base::Bytes descriptor(std::uint64_t sequence = 1) const;

  // From the test's thread; each takes effect before it returns.
  void serve(const std::string& url, TestObject object);
  /// What answers at `to`, host:port; elsewhere nobody listens.
  void serve_site(const std::string& to, Site site);
  void set(const std::function<void(Cheats&)>& change);
  void set_tariff(const pricing::Tariff& tariff);
  void set_min_deposit(base::Amount amount);
  /// As a kill does: every connection ends, what is in memory of streams is lost, the ledger stays.
  void drop_connections();
  /// While false every connection is closed at once.
  void set_listening(bool listening);

  /// Waits until the relay has seen enough for `there` to hold, at most half a minute; then the test fails.
  void wait_for(const std::function<bool()>& there);

  // Those below may be asked inside `there` as well.
  std::vector<SeenRequest> requests() const;
  /// Requests that name no channel: only the price is wanted.
  std::vector<SeenRequest> questions() const;
  std::vector<SeenTunnel> tunnels() const;
  std::vector<base::Amount> ceilings() const;  ///< of the vouchers that were accepted, in order
  std::uint64_t connections() const;
  std::uint64_t chunks_sent() const;
  /// The channels as this relay sees them.
  std::vector<channels::RelayChannel> channels() const;

  struct State;

 private:
  void run();
  void command(const std::function<void()>& work);

  base::SecretKey identity_;
  base::SecretKey impostor_;
  std::unique_ptr<State> state_;
  std::thread thread_;
};

/// `size` bytes that differ from block to block.
base::Bytes pattern(std::size_t size, std::uint32_t seed = 1);

}  // namespace ferry::client::testing
