#include "protocol/wire/send_queue.hpp"

#include <utility>

namespace ferry::wire {
namespace {

OutMessage take_front(std::deque<OutMessage>& messages) {
  OutMessage message = std::move(messages.front());
  messages.pop_front();
  return message;
}

}  // namespace

void SendQueue::push_control(OutMessage message) {
  queued_bytes_ += message.size();
  control_bytes_ += message.size();
  control_.push_back(std::move(message));
}

void SendQueue::push(base::StreamId stream, OutMessage message) {
  queued_bytes_ += message.size();
  streams_[stream].push_back(std::move(message));
}

void SendQueue::drop(base::StreamId stream) {
  queued_bytes_ -= queued_bytes(stream);
  streams_.erase(stream);
}

void SendQueue::clear() {
  control_.clear();
  streams_.clear();
  queued_bytes_ = 0;
  control_bytes_ = 0;
}

std::optional<OutMessage> SendQueue::pop() {
  if (!control_.empty()) {
    OutMessage message = take_front(control_);
    queued_bytes_ -= message.size();
    control_bytes_ -= message.size();
    return message;
  }
  if (streams_.empty()) return std::nullopt;
  auto turn = streams_.upper_bound(last_served_);
  if (turn == streams_.end()) turn = streams_.begin();
  last_served_ = turn->first;
  OutMessage message = take_front(turn->second);
  if (turn->second.empty()) streams_.erase(turn);
  queued_bytes_ -= message.size();
  return message;
}

std::size_t SendQueue::queued_bytes(base::StreamId stream) const {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return 0;
  std::size_t bytes = 0;
  for (const auto& message : found->second) bytes += message.size();
  return bytes;
}

}  // namespace ferry::wire
