#pragma once
// RoomTunnels: the tunnels of a SessionRoom, with a toy client at the near end and a toy relay at the far one. It requires that bytes come whole
// and in order both ways within their windows, that meters tell what was carried, and that each tunnel ends once.

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <memory>

#include "protocol/wire/client_session.hpp"
#include "protocol/wire/relay_session.hpp"

namespace ferry::wire {

inline base::Salt room_nonce(base::StreamId stream) {
  base::Salt out;
  out.data[0] = static_cast<std::uint8_t>(stream.value);
  return out;
}

inline QuoteMessage room_quote(base::StreamId stream) {
  base::Bytes quote(40, 0);
  quote[8] = room_nonce(stream).data[0];
  return {stream, std::move(quote), {}};
}

class RoomTunnels {
 public:
  using Choose = std::function<std::uint32_t(std::uint32_t below)>;
  using Require = std::function<void(bool holds, const char* property)>;

  /// `require` holds in every room, `require_honest` where no link is damaged.
  RoomTunnels(RelaySession& relay, ClientSession& client, Choose choose, Require require, Require require_honest)
      : relay_(relay), client_(client), choose_(std::move(choose)), require_(std::move(require)), require_honest_(std::move(require_honest)) {}

  bool empty() const { return near_.empty() && far_.empty(); }
  std::uint64_t done() const { return done_; }
  std::uint64_t bytes_down() const { return bytes_down_; }
  std::uint64_t bytes_up() const { return bytes_up_; }
  bool is_near(base::StreamId stream) const { return near_.count(stream) > 0; }
  bool is_far(base::StreamId stream) const { return far_.count(stream) > 0; }

  // --- what the client does ---
  void open() {
    OpenTunnel message;
    message.host = "example.org";
    message.port = 443;
    message.window = choose_(4) * kPiece;
    if (choose_(2) == 0) message.accept_up_to = TunnelLimit{};
    Near near;
    near.window = message.window;
    near.to_send = choose_(12) == 0 ? 2 * kInitialUpWindow : choose_(3 * kPiece);  // the former needs window messages
    if (const auto id = client_.open_tunnel(std::move(message))) near_[*id] = near;
  }
  void client_acts() {
    if (near_.empty()) return;
    const auto found = any_of(near_);
    auto& [id, near] = *found;
    switch (const std::uint32_t act = choose_(64)) {
      case 0:
        near.ended = near.reset = true;
        client_.end_tunnel(id, true);
        break;
      case 1:
        client_.cancel(id);
        near_.erase(found);  // forgotten at once: no event may come for it
        break;
      case 2: near.to_send = near.sent; break;
      default:
        if (act < 16) {
          widen(id, near, 1 + choose_(3 * kPiece));
        } else {
          send_up(id, near, 1 + choose_(kMaxUpPayload));
        }
        break;
    }
  }
  /// Whatever is left to do, without chance; false when nothing was.
  bool client_goes_on() {
    bool moved = false;
    for (auto& [id, near] : near_) {
      moved |= send_up(id, near, kMaxUpPayload);
      if (near.window >= 2 * kPiece) continue;
      widen(id, near, 2 * kPiece);
      moved = true;
    }
    return moved;
  }

  // --- what the relay does ---
  void relay_acts() {
    if (far_.empty()) return;
    const auto found = any_of(far_);
    auto& [id, far] = *found;
    if (far.opened && !far.broken && choose_(64) == 1) {
      far.broken = far.down_ended = true;  // also behind the end of its half
      relay_.send(TunnelEnd{id, true});
    } else {
      work_on(id, far);
    }
  }
  bool relay_goes_on() {
    bool moved = false;
    for (auto it = far_.begin(); it != far_.end();) {
      const auto now = it++;
      moved |= work_on(now->first, now->second);
    }
    return moved;
  }

  // --- what the relay hears ---
  void on(const TunnelAsked& e) {
    Far& far = far_[e.message.stream];
    far.accepted = e.message.accept_up_to.has_value();
    far.to_send = down_total(e.message.stream);
  }
  void on_accepted(base::StreamId stream) { far_of(stream).accepted = true; }
  void on_cancelled(base::StreamId stream) { far_.erase(stream); }
  void on(const TunnelDataCame& e) {
    Far& far = far_of(e.stream);
    require_honest_(is_content(e.bytes, e.stream, far.come), "bytes go up whole and in order");
    require_honest_(!far.up_ended, "no bytes go up behind their end");
    far.come += e.bytes.size();
    require_(far.come <= far.up_opened, "bytes keep to the window upwards");
    bytes_up_ += e.bytes.size();
  }
  void on(const TunnelEndCame& e) {
    Far& far = far_of(e.stream);
    far.up_ended = true;
    far.broken |= e.reset;
  }

  // --- what the client hears ---
  void on(const TunnelOpened& e) {
    Near& near = near_of(e.stream);
    require_(!near.opened, "a tunnel is opened once");
    near.opened = true;
  }
  void on(const TunnelData& e) {
    Near& near = near_of(e.stream);
    const auto bytes = e.payload.bytes;
    require_(near.opened && !near.relay_ended, "bytes come down after the opening and before the end");
    require_(near.window >= bytes.size(), "bytes keep to the window downwards");
    require_honest_(is_content(bytes, e.stream, near.come), "bytes come down whole and in order");
    near.come += bytes.size();
    near.window -= std::min<std::uint64_t>(near.window, bytes.size());
    bytes_down_ += bytes.size();
  }
  void on(const TunnelEnd& e) {
    Near& near = near_of(e.stream);
    near.relay_ended = true;
    near.relay_reset |= e.reset;
  }
  void on(const TunnelMeter& e) {
    Near& near = near_of(e.stream);
    require_honest_(e.down_bytes >= near.metered_down && e.up_bytes >= near.metered_up, "the sums of a meter never fall");
    require_honest_(e.down_bytes <= near.come && e.up_bytes <= near.sent, "a meter tells what was carried");
    const std::uint64_t added = e.down_bytes + e.up_bytes - near.metered_down - near.metered_up;
    require_honest_(added > 0 && e.charge == base::Amount::from_units(added), "meters come one by one");
    near.metered_down = e.down_bytes;
    near.metered_up = e.up_bytes;
  }
  void on(const Window& e) { require_(client_.up_window(e.stream) > 0 || near_of(e.stream).ended, "an opened window is open"); }
  void on(const Done& e) {
    const Near near = near_of(e.stream);
    require_honest_(near.metered_down == near.come, "what came down is metered");
    if (!near.reset && !near.relay_reset) {
      require_honest_(near.ended && near.relay_ended && near.come == down_total(e.stream), "a tunnel that is done is complete");
      require_honest_(near.metered_up == near.sent, "what went up is metered");
    }
    near_.erase(e.stream);
    ++done_;
  }
  void on_refused(base::StreamId stream) { near_.erase(stream); }

 private:
  struct Near {
    std::uint64_t to_send = 0, sent = 0, come = 0;
    std::uint64_t window = 0;
    std::uint64_t metered_down = 0, metered_up = 0;
    bool opened = false;
    bool ended = false, reset = false;
    bool relay_ended = false, relay_reset = false;
  };
  struct Far {
    std::uint64_t to_send = 0, sent = 0, come = 0;
    std::uint64_t up_opened = kInitialUpWindow;
    std::uint64_t metered = 0;
    bool quoted = false, accepted = false, opened = false;
    bool up_ended = false, down_ended = false;
    bool broken = false;  ///< by either side
    std::uint64_t unmetered() const { return sent + come - metered; }
  };
  static constexpr std::uint32_t kPiece = 100;
  static constexpr std::uint64_t kMeterStep = 300;

  static std::uint64_t down_total(base::StreamId stream) { return stream.value * 137U % 1500; }
  /// Differs by stream and place, so that a mix-up shows.
  static std::uint8_t content(base::StreamId stream, std::uint64_t at) { return static_cast<std::uint8_t>(stream.value * 31 + at + at / 251); }
  static Payload piece(base::StreamId stream, std::uint64_t from, std::uint64_t size) {
    const auto bytes = std::make_shared<base::Bytes>(size);
    for (std::uint64_t i = 0; i < size; ++i) (*bytes)[i] = content(stream, from + i);
    return Payload{bytes, *bytes};
  }
  static bool is_content(base::ByteView bytes, base::StreamId stream, std::uint64_t from) {
    const Payload expected = piece(stream, from, bytes.size());
    return std::equal(bytes.begin(), bytes.end(), expected.bytes.begin(), expected.bytes.end());
  }

  template <typename Map>
  typename Map::iterator any_of(Map& map) {
    return std::next(map.begin(), static_cast<std::ptrdiff_t>(choose_(static_cast<std::uint32_t>(map.size()))));
  }
  Near& near_of(base::StreamId stream) {
    require_(is_near(stream), "a tunnel's events come only on tunnels that are open");
    return near_[stream];
  }
  Far& far_of(base::StreamId stream) {
    require_(is_far(stream), "a tunnel's events come only on tunnels that are served");
    return far_[stream];
  }

  void widen(base::StreamId id, Near& near, std::uint64_t bytes) {
    near.window += bytes;
    client_.add_window(id, bytes);
  }
  bool send_up(base::StreamId id, Near& near, std::uint64_t most) {
    if (near.ended) return false;
    if (near.sent == near.to_send) {
      near.ended = true;
      client_.end_tunnel(id, false);
      return true;
    }
    const std::uint64_t size = std::min({most, near.to_send - near.sent, client_.up_window(id)});
    if (size == 0) return false;
    client_.send_data(id, piece(id, near.sent, size));
    near.sent += size;
    return true;
  }

  bool work_on(base::StreamId id, Far& far) {
    const bool is_over = far.broken || (far.up_ended && far.down_ended);
    if (!far.quoted) {
      far.quoted = true;
      relay_.send(room_quote(id));
    } else if (!far.accepted) {
      return false;
    } else if (!far.opened) {
      far.opened = true;
      relay_.send(TunnelOpened{id});
    } else if (far.unmetered() >= kMeterStep || (is_over && far.unmetered() > 0)) {
      relay_.send(TunnelMeter{id, far.sent, far.come, base::Amount::from_units(far.unmetered()), {}});
      far.metered = far.sent + far.come;
    } else if (is_over) {
      relay_.send(Done{id});
      far_.erase(id);
    } else if (!far.up_ended && far.up_opened - far.come < kInitialUpWindow / 2) {
      far.up_opened += kInitialUpWindow / 2;
      relay_.send(Window{id, kInitialUpWindow / 2});
    } else if (far.down_ended) {
      return false;
    } else if (far.sent == far.to_send) {
      far.down_ended = true;
      relay_.send(TunnelEnd{id, false});
    } else {
      return send_down(id, far);
    }
    return true;
  }
  bool send_down(base::StreamId id, Far& far) {
    const std::uint64_t size = std::min({relay_.window(id), far.to_send - far.sent, std::uint64_t{2 * kPiece}});
    if (size == 0) return false;
    relay_.send(TunnelData{id, piece(id, far.sent, size)});
    far.sent += size;
    return true;
  }

  RelaySession& relay_;
  ClientSession& client_;
  Choose choose_;
  Require require_;
  Require require_honest_;
  std::map<base::StreamId, Near> near_;
  std::map<base::StreamId, Far> far_;
  std::uint64_t done_ = 0;
  std::uint64_t bytes_down_ = 0;
  std::uint64_t bytes_up_ = 0;
};

}  // namespace ferry::wire
