#pragma once
// A request head as the reader makes it, for tests of what comes behind the reader.

#include <stdexcept>
#include <string>

#include "client/front/http_head_reader.hpp"

namespace ferry::client {

/// `fields`: lines with their CRLF; a Host is added.
inline HttpRequestHead sample_request(const std::string& first_line, const std::string& fields = "") {
  HttpHeadReader reader;
  const auto read = reader.feed(base::bytes_of(first_line + "\r\nHost: a.test\r\n" + fields + "\r\n"));
  if (!read) throw std::invalid_argument(read.error().message);
  return reader.take();
}

}  // namespace ferry::client
