#include "protocol/wire/byte_queue.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <random>

using namespace ferry;
using namespace ferry::wire;

TEST_CASE("byte queue: random use gives what went in, in order") {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    ByteQueue queue;
    std::deque<std::uint8_t> model;
    std::uint8_t next = 0;
    for (int step = 0; step < 500; ++step) {
      if (random() % 2 == 0) {
        base::Bytes bytes(random() % 5000);
        for (auto& byte : bytes) byte = next++;
        queue.append(bytes);
        model.insert(model.end(), bytes.begin(), bytes.end());
      } else {
        const std::size_t count = model.empty() ? 0 : random() % (model.size() + 1);
        queue.consume(count);
        model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(count));
      }
      if (random() % 50 == 0) queue.release();
      REQUIRE(queue.size() == model.size());
      REQUIRE(queue.empty() == model.empty());
      REQUIRE(std::equal(model.begin(), model.end(), queue.view().begin(), queue.view().end()));
    }
  }
}

TEST_CASE("byte queue: a drained buffer is used again") {
  ByteQueue queue;
  const base::Bytes chunk(256 * 1024, 1);
  queue.append(chunk);
  const auto* const first = queue.view().data();
  for (int i = 0; i < 10; ++i) {
    queue.consume(queue.size());
    queue.append(chunk);
    CHECK(queue.view().data() == first);
  }
}

TEST_CASE("byte queue: small parts that are drained stay at the start of the buffer, where the cache is warm") {
  ByteQueue queue;
  queue.reserve(100'000);
  queue.append(base::Bytes(10, 1));
  const auto* const first = queue.view().data();
  for (int i = 0; i < 10; ++i) {
    queue.consume(10);
    queue.append(base::Bytes(10, 1));
    CHECK(queue.view().data() == first);
  }
}

TEST_CASE("byte queue: a slow reader does not make the buffer grow for ever") {
  ByteQueue queue;
  const base::Bytes part(1000, 1);
  queue.append(part);
  for (int i = 0; i < 10'000; ++i) {
    queue.append(part);
    queue.consume(part.size());
  }
  CHECK(queue.size() == 1000);
  CHECK(queue.capacity() <= 8192);
}

TEST_CASE("byte queue: room that was reserved is not moved") {
  ByteQueue queue;
  queue.reserve(100'000);
  queue.append(base::Bytes(1, 1));
  const auto* const first = queue.view().data();
  queue.append(base::Bytes(99'999, 1));
  CHECK(queue.view().data() == first);
}

TEST_CASE("byte queue: only an empty buffer is given back") {
  ByteQueue queue;
  queue.append(base::Bytes(10, 1));
  queue.release();
  CHECK(queue.capacity() > 0);
  CHECK(queue.size() == 10);
  queue.consume(10);
  queue.release();
  CHECK(queue.capacity() == 0);
  queue.append(base::Bytes(3, 2));
  CHECK(queue.size() == 3);
}
