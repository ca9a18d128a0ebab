#include "client/relays/refusal.hpp"

#include <utility>

namespace ferry::client {

base::Error error_of(wire::Refused message) {
  auto error = std::move(message.error);
  error.message = "the relay refused: " + base::printable(error.message);
  error.code = base::printable(error.code, 60);
  if (error.kind == base::ErrorKind::peer_fault || error.kind == base::ErrorKind::bug) error.kind = base::ErrorKind::environment;
  return error;
}

}  // namespace ferry::client
