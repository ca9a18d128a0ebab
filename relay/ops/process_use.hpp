#pragma once
// What the operating system says that this process uses. Linux.

#include <cstdint>

namespace ferry::relay {

struct ProcessUse {
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_files = 0, max_files = 0;
  double cpu_seconds = 0;
};

/// Zero where the system does not tell.
ProcessUse read_process_use();

/// Lets the process open as many files and sockets as the system allows it.
void raise_file_limit();

}  // namespace ferry::relay
