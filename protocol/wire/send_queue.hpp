#pragma once
// SendQueue: what a session still has to send. Control messages go first; streams take turns, one message each, so that no stream starves
// another (a weight per stream is the later bid). Used inside both sessions.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "protocol/base/ids.hpp"
#include "protocol/wire/messages.hpp"

namespace ferry::wire {

class SendQueue {
 public:
  void push_control(OutMessage message);
  void push(base::StreamId stream, OutMessage message);
  /// Forgets what a stream still had queued (cancelled, refused).
  void drop(base::StreamId stream);
  void clear();
  /// The next message in fair order.
  std::optional<OutMessage> pop();
  bool empty() const { return control_.empty() && streams_.empty(); }
  std::size_t queued_bytes() const { return queued_bytes_; }
  std::size_t queued_bytes(base::StreamId stream) const;
  /// Of queued_bytes(), those of control messages.
  std::size_t control_bytes() const { return control_bytes_; }
  bool has(base::StreamId stream) const { return streams_.count(stream) > 0; }
  /// Streams that have something queued.
  std::size_t stream_count() const { return streams_.size(); }

 private:
  std::deque<OutMessage> control_;
  std::map<base::StreamId, std::deque<OutMessage>> streams_;  // none is empty
  base::StreamId last_served_;
  std::size_t queued_bytes_ = 0;
  std::size_t control_bytes_ = 0;
};

}  // namespace ferry::wire
