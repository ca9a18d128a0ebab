#pragma once
// ReservedPort: takes the listening address before anything else is built, so that the port is known to all and a second relay on it is
// refused, although the workers share it afterwards.

#include <cstdint>

#include "protocol/base/result.hpp"
#include "relay/ops/file_descriptor.hpp"
#include "relay/shared/settings.hpp"

namespace ferry::relay {

class ReservedPort {
 public:
  /// Nothing is accepted through it. Keep it until the workers listen. Errors: environment "listen".
  static base::Result<ReservedPort> take(const Endpoint& endpoint);

  /// With the port that was chosen if it was 0.
  const Endpoint& endpoint() const { return endpoint_; }

 private:
  ReservedPort(FileDescriptor socket, Endpoint endpoint) : socket_(std::move(socket)), endpoint_(std::move(endpoint)) {}

  FileDescriptor socket_;
  Endpoint endpoint_;
};

}  // namespace ferry::relay
