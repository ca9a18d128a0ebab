#include "relay/serve/node.hpp"

#include <chrono>

namespace ferry::relay {

base::Time Node::now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return base::Time{std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count()};
}

}  // namespace ferry::relay
