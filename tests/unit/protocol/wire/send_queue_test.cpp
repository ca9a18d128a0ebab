#include "protocol/wire/send_queue.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace ferry;
using namespace ferry::wire;
using base::StreamId;

namespace {

OutMessage message(const std::string& text) {
  const base::ByteView bytes = base::bytes_of(text);
  return OutMessage{base::Bytes(bytes.begin(), bytes.end()), {}};
}

/// All that is queued, in order.
std::string drain(SendQueue& queue) {
  std::string out;
  while (auto next = queue.pop()) out += (out.empty() ? "" : " ") + std::string{base::text_of(next->head)};
  return out;
}

}  // namespace

TEST_CASE("send queue: streams take turns, one message each") {
  SendQueue queue;
  for (const char* text : {"a1", "a2", "a3"}) queue.push(StreamId{1}, message(text));
  queue.push(StreamId{2}, message("b1"));
  for (const char* text : {"c1", "c2"}) queue.push(StreamId{3}, message(text));
  CHECK(queue.stream_count() == 3);
  CHECK(drain(queue) == "a1 b1 c1 a2 c2 a3");
  CHECK(queue.empty());
}

TEST_CASE("send queue: a stream that comes late gets the next turn, not the last") {
  SendQueue queue;
  for (int i = 0; i < 100; ++i) queue.push(StreamId{1}, message("a"));
  CHECK(queue.pop().has_value());
  queue.push(StreamId{9}, message("late"));
  CHECK(base::text_of(queue.pop()->head) == "late");
}

TEST_CASE("send queue: control messages overtake streams and keep their order") {
  SendQueue queue;
  queue.push(StreamId{1}, message("a1"));
  queue.push_control(message("x"));
  queue.push_control(message("y"));
  CHECK(drain(queue) == "x y a1");
}

TEST_CASE("send queue: the order within a stream is kept whatever comes between") {
  SendQueue queue;
  queue.push(StreamId{2}, message("b1"));
  queue.push(StreamId{2}, message("b2"));
  CHECK(base::text_of(queue.pop()->head) == "b1");
  queue.push(StreamId{1}, message("a1"));
  queue.push(StreamId{2}, message("b3"));
  CHECK(drain(queue) == "a1 b2 b3");
}

TEST_CASE("send queue: bytes are counted by stream, with payloads") {
  const base::Bytes chunk(1000, 1);
  SendQueue queue;
  queue.push_control(message("12345"));
  queue.push(StreamId{1}, OutMessage{base::Bytes(10, 0), Payload{nullptr, chunk}});
  queue.push(StreamId{2}, message("123"));
  CHECK(queue.queued_bytes() == 5 + 1010 + 3);
  CHECK(queue.control_bytes() == 5);
  CHECK(queue.queued_bytes(StreamId{1}) == 1010);
  CHECK(queue.queued_bytes(StreamId{7}) == 0);
  queue.pop();
  CHECK(queue.control_bytes() == 0);
  queue.drop(StreamId{1});
  CHECK_FALSE(queue.has(StreamId{1}));
  CHECK(queue.has(StreamId{2}));
  CHECK(queue.queued_bytes() == 3);
  queue.drop(StreamId{1});
  queue.clear();
  CHECK(queue.queued_bytes() == 0);
  CHECK(queue.empty());
  CHECK_FALSE(queue.pop().has_value());
}
