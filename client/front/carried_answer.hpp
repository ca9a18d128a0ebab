#pragma once
// CarriedAnswer: the answer to a request that was carried to its origin, which passes as it is but for one field: "Connection: close" behind the
// status line. The proxy closes the connection after it, and not every origin that was asked to says so itself; an app that was not told would send its
// next request into a connection that ends. Source: RFC 9112 section 9.6.

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/base/bytes.hpp"

namespace ferry::client {

class CarriedAnswer {
 public:
  static constexpr std::size_t kMaxStatusLine = 8 * 1024;  ///< a longer one passes unmarked

  /// What the app gets for these bytes of the origin, in any cut. Interim answers (1xx) pass unmarked.
  std::string take(base::ByteView bytes);
  /// The rest passes as it is: take() need not be asked any more.
  bool is_through() const { return state_ == State::through; }

 private:
  enum class State { status_line, interim, through };

  State state_ = State::status_line;
  std::string line_;  ///< of the status, or the last bytes of an interim head
};

}  // namespace ferry::client
