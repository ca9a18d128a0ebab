#include "client/settings.hpp"

#include <chrono>

namespace ferry::client {

base::Time wall_clock() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return base::Time{std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

}  // namespace ferry::client
