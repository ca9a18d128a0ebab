#pragma once
// What FrameReader makes of a stream of bytes, however it is cut.

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "client/transport/websocket_frames.hpp"

namespace ferry::client::testing {

struct FramesRead {
  std::vector<base::Bytes> messages;
  std::vector<base::Bytes> pings;
  std::optional<base::Error> error;
  bool closed = false;
};

/// Feeds `stream` in pieces as large as `step()` says, at least one byte each, and takes all messages.
template <typename Step>
FramesRead read_frames(base::ByteView stream, Step step) {
  MessagePool pool;
  FrameReader reader(pool);
  FramesRead read;
  std::size_t given = 0, available = 0;
  const FrameReader::Source source = [&](base::MutableByteView out) -> base::Result<std::size_t> {
    const auto count = std::min(out.size(), available - given);
    if (count > 0) std::memcpy(out.data(), stream.data() + given, count);
    given += count;
    return count;
  };
  while (available < stream.size() && !read.error) {
    available += std::min<std::size_t>(stream.size() - available, std::max<std::size_t>(1, step()));
    for (;;) {
      auto message = reader.next(source);
      if (!message) read.error = message.error();
      if (auto ping = reader.take_ping()) read.pings.push_back(*ping);
      if (!message || !*message) break;
      read.messages.emplace_back((*message)->bytes.begin(), (*message)->bytes.end());
    }
  }
  read.closed = reader.closed();
  return read;
}

}  // namespace ferry::client::testing
