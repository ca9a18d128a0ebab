#pragma once
// SessionRoom: both sessions in one room, with a toy relay and a toy client on top and two links that deliver when they like. Choices come
// from outside (a seed, a fuzzer's bytes), so every schedule can be had again. It requires that nothing is lost: each stream ends once, its
// chunks come whole and in order, vouchers and ledger calls arrive, and at the end both sides are empty. With a damaged link it only requires
// that the side that notices ends in order. Tunnels: room_tunnels.hpp.

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "protocol/wire/client_session.hpp"
#include "protocol/wire/relay_session.hpp"
#include "tests/unit/protocol/wire/room_tunnels.hpp"

namespace ferry::wire {

class SessionRoom {
 public:
  /// A number below its argument.
  using Choose = RoomTunnels::Choose;
  using Require = RoomTunnels::Require;
  /// Changes a message on its way.
  using Damage = std::function<void(base::Bytes& message)>;

  SessionRoom(Choose choose, Require require)
      : choose_(std::move(choose)),
        require_(std::move(require)),
        relay_key_(base::SecretKey::from_bytes(base::Bytes(32, 0x11)).value()),
        client_key_(base::SecretKey::from_bytes(base::Bytes(32, 0x22)).value()),
        relay_({welcome(relay_key_), 8}, relay_key_, Exporter{}, now_),
        client_({relay_key_.address(), "room"}, client_key_, Exporter{}, now_),
        tunnels_(relay_, client_, choose_, require_, [this](bool holds, const char* property) { require_honest(holds, property); }) {}
  SessionRoom(const SessionRoom&) = delete;  // its parts know each other
  SessionRoom& operator=(const SessionRoom&) = delete;

  void damage_to_relay(Damage damage) { damage_to_relay_ = std::move(damage); }
  void damage_to_client(Damage damage) { damage_to_client_ = std::move(damage); }

  /// One thing happens.
  void step() {
    if (broken_) return;
    switch (choose_(16)) {
      case 0: open_stream(); break;
      case 1: cancel_stream(); break;
      case 2: open_window(); break;
      case 3: pay(); break;
      case 4: call_ledger(); break;
      case 5: pass_time(); break;
      case 6:
      case 7: work(); break;
      case 8: say(client_, to_relay_); break;
      case 9: say(relay_, to_client_); break;
      case 10: deliver_to_relay(); break;
      case 11: deliver_to_client(); break;
      case 12: tunnels_.open(); break;
      case 13: tunnels_.client_acts(); break;
      case 14: tunnels_.relay_acts(); break;
      default: exchange(choose_(8)); break;
    }
  }

  /// The relay drains.
  void drain() {
    if (!broken_) relay_.send_goodbye("draining", "");
  }

  /// Everything that is under way arrives, everything that was asked for is served.
  void settle() {
    for (int i = 0; i < 1'000'000 && !broken_ && go_on(); ++i) {
    }
    if (broken_) return;
    require_(fetches_.empty(), "every stream has ended");
    require_(serving_.empty(), "nothing is served for nobody");
    require_(tunnels_.empty(), "every tunnel has ended at both ends");
    require_(client_.open_streams() == 0 && relay_.open_streams() == 0, "no session thinks that a stream is open");
    require_(relay_.queued_bytes() == 0 && !client_.has_messages(), "nothing is queued");
    if (!honest()) return;
    require_(vouchers_sent_ == vouchers_come_, "every voucher came");
    require_(calls_ == 0, "every ledger call was answered");
    require_(closes_ == 0, "every question to close was answered");
    require_(chunks_sent_ == chunks_come_ + chunks_dropped_, "every chunk came, or was cancelled");
  }

  bool broken() const { return broken_; }
  std::uint64_t chunks_come() const { return chunks_come_; }
  std::uint64_t streams_done() const { return streams_done_; }
  const RoomTunnels& tunnels() const { return tunnels_; }

 private:
  struct Fetch {
    std::uint64_t next = 0;
    std::uint64_t count = 0;
    std::uint64_t window = 0;
    bool final_seen = false;
  };
  struct Serving {
    std::uint64_t next = 0;
    std::uint64_t count = 0;
    bool quoted = false;
    bool accepted = false;
    bool manifest_sent = false;
    bool is_witness = false;
  };
  static constexpr std::size_t kChunkBytes = 100;

  static Welcome welcome(const base::SecretKey& key) {
    Welcome out;
    out.relay = key.address();
    return out;
  }
  /// Differs by stream and index, so that a mix-up shows.
  static base::Bytes content(base::StreamId stream, std::uint64_t index) {
    return base::Bytes(kChunkBytes + index % 7, static_cast<std::uint8_t>(stream.value * 31 + index));
  }
  bool honest() const { return !damage_to_relay_ && !damage_to_client_; }
  void require_honest(bool holds, const char* property) {
    if (honest()) require_(holds, property);
  }

  template <typename Map>
  typename Map::iterator any_of(Map& map) {
    return std::next(map.begin(), map.empty() ? 0 : static_cast<std::ptrdiff_t>(choose_(static_cast<std::uint32_t>(map.size()))));
  }

  // --- what the client does ---
  void open_stream() {
    Request request;
    request.method = "GET";
    request.url = "http://example.org/";
    request.chunk_count = choose_(6);
    request.window = choose_(4) * kChunkBytes;
    if (choose_(2) == 0) request.accept_up_to = PriceLimit{};
    if (choose_(3) == 0) request.kind = StreamKind::witness;
    const std::uint64_t window = request.window;
    const std::uint64_t count = request.chunk_count;
    if (const auto id = client_.open_stream(std::move(request))) fetches_[*id] = Fetch{0, count, window, false};
  }
  void cancel_stream() {
    const auto fetch = any_of(fetches_);
    if (fetch == fetches_.end() || choose_(16) != 0) return;
    client_.cancel(fetch->first);
    fetches_.erase(fetch);  // forgotten at once: no event may come for it
  }
  void open_window() {
    const auto fetch = any_of(fetches_);
    if (fetch == fetches_.end()) return;
    const std::uint64_t bytes = 1 + choose_(3 * kChunkBytes);
    fetch->second.window += bytes;
    client_.add_window(fetch->first, bytes);
  }
  void pay() {
    if (!client_.welcomed()) return;
    client_.send(VoucherMessage{{}, base::Amount::from_units(++vouchers_sent_), {}, {}});
    if (vouchers_sent_ % 4 != 0 || closes_ == kMaxChannelsPerSession) return;
    ++closes_;
    client_.close_channel(CloseChannel{{1}, {}, base::Amount::from_units(vouchers_sent_), {}});
  }
  void call_ledger() {
    if (client_.call_ledger("read", "{}")) ++calls_;
  }

  // --- what the relay does ---
  void work() {
    const auto found = any_of(serving_);
    if (found != serving_.end()) work_on(found->first, found->second);
  }
  bool work_on(base::StreamId id, Serving& serving) {
    if (!serving.quoted) {
      serving.quoted = true;
      relay_.send(room_quote(id));
    } else if (!serving.accepted) {
      return false;
    } else if (!serving.manifest_sent) {
      serving.manifest_sent = true;
      relay_.send(ManifestMessage{id, false, {1}, {}, {}, false, {}});
      relay_.send(Hashes{id, 0, std::vector<base::Hash256>(1)});
    } else if (serving.next < serving.count) {
      return send_chunk(id, serving);
    } else {
      relay_.send(ManifestMessage{id, true, {1}, {}, {}, false, {}});
      relay_.send(Done{id});
      serving_.erase(id);
    }
    return true;
  }
  bool send_chunk(base::StreamId id, Serving& serving) {
    const auto bytes = std::make_shared<base::Bytes>(content(id, serving.next));
    if (relay_.window(id) < bytes->size()) return false;
    if (serving.is_witness) {
      Witnessed word;
      word.stream = id;
      word.index = base::ChunkIndex{serving.next++};
      word.bytes = static_cast<std::uint32_t>(bytes->size());
      relay_.send(std::move(word));
      return true;
    }
    ChunkMessage chunk;
    chunk.stream = id;
    chunk.index = base::ChunkIndex{serving.next++};
    chunk.payload = Payload{bytes, *bytes};
    relay_.send(std::move(chunk));
    return true;
  }

  // --- links ---
  template <typename Session>
  bool say(Session& session, std::deque<base::Bytes>& link) {
    auto message = session.next_message();
    if (!message) return false;
    base::Bytes bytes = std::move(message->head);
    bytes.insert(bytes.end(), message->payload.bytes.begin(), message->payload.bytes.end());
    if (&link == &to_client_ && is_chunk(bytes)) ++chunks_sent_;
    link.push_back(std::move(bytes));
    return true;
  }
  static bool is_chunk(const base::Bytes& message) {
    return message[1] == static_cast<std::uint8_t>(MessageType::chunk) || message[1] == static_cast<std::uint8_t>(MessageType::witnessed);
  }
  template <typename Received, typename Session>
  bool take(const Received& received, Session& session) {
    if (received) return true;
    broken_ = true;
    require_(!honest(), "no honest side finds a fault");
    require_(session.finished(), "a fault ends the session");
    require_(session.has_messages(), "a fault is told");
    session.next_message();
    require_(!session.has_messages(), "nothing is said after it");
    require_(session.open_streams() == 0, "no stream survives it");
    return false;
  }
  bool deliver_to_relay() {
    if (to_relay_.empty()) return false;
    base::Bytes bytes = std::move(to_relay_.front());
    to_relay_.pop_front();
    if (damage_to_relay_) damage_to_relay_(bytes);
    auto event = relay_.receive(bytes, now_);
    if (take(event, relay_) && *event) std::visit([this](auto&& e) { on(e); }, **event);
    return true;
  }
  bool deliver_to_client() {
    if (to_client_.empty()) return false;
    base::Bytes bytes = std::move(to_client_.front());
    to_client_.pop_front();
    if (damage_to_client_) damage_to_client_(bytes);
    auto event = client_.receive(bytes, nullptr, now_);
    if (!take(event, client_)) return true;
    if (*event) {
      std::visit([this](auto&& e) { on(e); }, **event);
    } else if (is_chunk(bytes)) {
      ++chunks_dropped_;
    }
    return true;
  }
  /// The links catch up a little: more is said than single steps can carry.
  void exchange(std::uint32_t rounds) {
    for (; rounds > 0 && !broken_; --rounds) {
      say(client_, to_relay_);
      say(relay_, to_client_);
      deliver_to_relay();
      if (!broken_) deliver_to_client();
    }
  }
  /// Little enough that no deadline passes: being slow is not what is tried here.
  void pass_time() {
    now_ = now_ + base::Duration{choose_(50)};
    take(relay_.advance(now_), relay_);
    if (!broken_) take(client_.advance(now_), client_);
  }
  /// One round without chance; false when nothing moved.
  bool go_on() {
    bool moved = false;
    while (!broken_ && deliver_to_client()) moved = true;
    while (!broken_ && deliver_to_relay()) moved = true;
    if (broken_) return false;
    while (say(client_, to_relay_) || say(relay_, to_client_)) moved = true;
    for (auto& [id, fetch] : fetches_) {
      if (fetch.window >= 2 * kChunkBytes) continue;
      fetch.window += 2 * kChunkBytes;
      client_.add_window(id, 2 * kChunkBytes);
      moved = true;
    }
    for (auto it = serving_.begin(); it != serving_.end();) {
      const auto now = it++;
      moved |= work_on(now->first, now->second);
    }
    moved |= tunnels_.client_goes_on();
    moved |= tunnels_.relay_goes_on();
    return moved;
  }

  // --- what the relay hears ---
  void on(const ClientAuthenticated& e) { require_honest(e.key == client_key_.address(), "the client is who it is"); }
  void on(const ChannelNamed&) {}
  void on(const CloseAsked& e) { e.message.ceiling.units() % 8 == 0 ? relay_.send(CloseSigned{}) : relay_.send(CloseRefused{}); }
  void on(const VoucherCame& e) { require_honest(e.message.ceiling.units() == ++vouchers_come_, "vouchers come in order"); }
  void on(const RequestCame& e) {
    serving_[e.message.stream] = Serving{0, std::min<std::uint64_t>(e.message.chunk_count, 6), false, e.message.accept_up_to.has_value(), false, is_witness(e.message.kind)};
  }
  void on(const QuoteAccepted& e) {
    require_honest(e.nonce == room_nonce(e.stream), "the accepted quote is the one that was made");
    if (tunnels_.is_far(e.stream)) tunnels_.on_accepted(e.stream);
    if (const auto found = serving_.find(e.stream); found != serving_.end()) found->second.accepted = true;
  }
  void on(const StreamCancelled& e) {
    require_(!relay_.is_open(e.stream), "a cancelled stream is closed");
    serving_.erase(e.stream);
    tunnels_.on_cancelled(e.stream);
  }
  void on(const TunnelAsked& e) { tunnels_.on(e); }
  void on(const TunnelDataCame& e) { tunnels_.on(e); }
  void on(const TunnelEndCame& e) { tunnels_.on(e); }
  void on(const LedgerCalled& e) { relay_.send(LedgerReply{e.message.id, "{}"}); }
  void on(const RelaysAsked&) {}
  void on(const HoldersAsked&) {}
  void on(const WindowOpened& e) { require_(relay_.window(e.stream) > 0, "an opened window is open"); }
  void on(const PeerLeaving&) {}

  // --- what the client hears ---
  void on(const RelayWelcomed&) {}
  void on(const ChannelState&) {}
  void on(const VoucherRefused&) {}
  void on(const CloseSigned&) { --closes_; }
  void on(const CloseRefused&) { --closes_; }
  void on(const NeedVoucher&) {}
  void on(const QuoteMessage& e) { client_.accept(e.stream, room_nonce(e.stream)); }
  void on(const ManifestMessage& e) {
    Fetch& fetch = fetch_of(e.stream);
    require_honest(!fetch.final_seen, "one final manifest");
    fetch.final_seen = e.final;
  }
  void on(const Hashes& e) { require_honest(fetch_of(e.stream).next == 0, "hashes come first"); }
  void on(const Witnessed& e) {
    const base::Bytes expected = content(e.stream, fetch_of(e.stream).next);
    require_honest(e.bytes == expected.size(), "words are about whole chunks");
    take_chunk(e, expected.size());
  }
  void on(const ChunkMessage& e) {
    const base::Bytes expected = content(e.stream, fetch_of(e.stream).next);
    require_honest(std::equal(e.payload.bytes.begin(), e.payload.bytes.end(), expected.begin(), expected.end()), "chunks come whole");
    take_chunk(e, expected.size());
  }
  template <typename Message>
  void take_chunk(const Message& e, std::size_t bytes) {
    Fetch& fetch = fetch_of(e.stream);
    require_honest(e.index.value == fetch.next, "chunks come in order");
    require_honest(fetch.window >= bytes, "chunks keep to the window");
    ++fetch.next;
    fetch.window -= std::min<std::uint64_t>(fetch.window, bytes);
    ++chunks_come_;
  }
  void on(const Window& e) { tunnels_.on(e); }
  void on(const TunnelOpened& e) { tunnels_.on(e); }
  void on(const TunnelData& e) { tunnels_.on(e); }
  void on(const TunnelEnd& e) { tunnels_.on(e); }
  void on(const TunnelMeter& e) { tunnels_.on(e); }
  void on(const Done& e) {
    if (tunnels_.is_near(e.stream)) return tunnels_.on(e);
    const Fetch fetch = fetch_of(e.stream);
    require_honest(fetch.final_seen && fetch.next == fetch.count, "a stream that is done is complete");
    fetches_.erase(e.stream);
    ++streams_done_;
  }
  void on(const Refused& e) {
    require_honest(e.error.code == "too_many_streams" || e.error.code == "session_closing", "only what was not admitted is refused");
    fetches_.erase(e.stream);
    tunnels_.on_refused(e.stream);
  }
  void on(const LedgerReply&) { --calls_; }
  void on(const Relays&) {}
  void on(const RelayLeaving&) {}
  Fetch& fetch_of(base::StreamId stream) {
    require_(fetches_.count(stream) > 0, "events come only on streams that are open");
    return fetches_[stream];
  }

  Choose choose_;
  Require require_;
  Damage damage_to_relay_;
  Damage damage_to_client_;
  base::Time now_{1'800'000'000'000};
  base::SecretKey relay_key_;
  base::SecretKey client_key_;
  RelaySession relay_;
  ClientSession client_;
  RoomTunnels tunnels_;
  std::deque<base::Bytes> to_relay_;
  std::deque<base::Bytes> to_client_;
  std::map<base::StreamId, Fetch> fetches_;
  std::map<base::StreamId, Serving> serving_;
  bool broken_ = false;
  std::uint64_t vouchers_sent_ = 0, vouchers_come_ = 0;
  std::uint64_t calls_ = 0;
  std::size_t closes_ = 0;
  std::uint64_t chunks_sent_ = 0, chunks_come_ = 0, chunks_dropped_ = 0;
  std::uint64_t streams_done_ = 0;
};

}  // namespace ferry::wire
