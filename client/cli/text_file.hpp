#pragma once
// What a command is given as a small file.

#include <cstddef>
#include <fstream>
#include <optional>
#include <string>

namespace ferry::cli {

/// Nothing when it cannot be read or is larger than `most` bytes.
inline std::optional<std::string> read_text_file(const std::string& path, std::size_t most) {
  std::ifstream file(path, std::ios::binary);
  std::string text(most + 1, '\0');
  if (!file.is_open()) return std::nullopt;
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || !file.eof()) return std::nullopt;
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace ferry::cli
