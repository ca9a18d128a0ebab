#pragma once
// A directory of its own for one test, gone afterwards; and the bytes of files in it.

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "protocol/base/bytes.hpp"

namespace ferry::channels::test {

class Scratch {
 public:
  Scratch() {
    // In memory where that is possible: thousands of journals are made, and no test pulls the plug.
    const std::filesystem::path memory = "/dev/shm";
    const bool has_memory = ::access(memory.c_str(), W_OK) == 0;
    std::string pattern = ((has_memory ? memory : std::filesystem::temp_directory_path()) / "ferry-channels-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::filesystem::path file(const char* name = "journal") const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline base::Bytes read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return {text.begin(), text.end()};
}

inline void write_file(const std::filesystem::path& path, base::ByteView bytes) {
  const auto text = base::text_of(bytes);
  std::ofstream(path, std::ios::binary | std::ios::trunc).write(text.data(), static_cast<std::streamsize>(text.size()));
}

}  // namespace ferry::channels::test
