#pragma once
// Metalink: what a document of RFC 5854 says of files: their names, lengths, SHA-256 and where they can be had. Whoever has it from a source that
// he trusts need trust neither relays nor mirrors. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ferry::cli {

inline constexpr std::size_t kMaxMetalinkBytes = std::size_t{4} << 20U;
inline constexpr std::size_t kMaxMetalinkFiles = 1000;
inline constexpr std::size_t kMaxMetalinkUrls = 100;  ///< of one file; those beyond are left out

struct MetalinkFile {
  std::string name;                   ///< the last part: no directory, nothing that a shell or a terminal would act on
  std::optional<std::uint64_t> size;  ///< bytes
  std::string sha256;                 ///< 64 hex digits; empty: the document has none
  std::vector<std::string> urls;      ///< http and https, best first

  bool operator==(const MetalinkFile&) const = default;
};

struct Metalink {
  std::vector<MetalinkFile> files;
  std::string error;  ///< why the text is none; then there are no files
};

Metalink read_metalink(std::string_view text);

}  // namespace ferry::cli
