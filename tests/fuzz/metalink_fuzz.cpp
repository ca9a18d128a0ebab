// Any bytes as a Metalink document: refused, or files whose names stay where they are put and whose checksums and URLs can be used.

#include <algorithm>

#include "client/cli/metalink.hpp"
#include "tests/fuzz/require.hpp"

using namespace ferry;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto metalink = cli::read_metalink({reinterpret_cast<const char*>(data), size});
  require(metalink.files.empty() != metalink.error.empty(), "files, or why there are none");
  require(metalink.files.size() <= cli::kMaxMetalinkFiles, "no more files than allowed");
  for (const auto& file : metalink.files) {
    require(!file.name.empty() && file.name.find('/') == std::string::npos && file.name != "..", "a name is no path");
    require(file.sha256.empty() || file.sha256.size() == 64, "a checksum is whole or not there");
    require(file.urls.size() <= cli::kMaxMetalinkUrls, "no more URLs than allowed");
    for (const auto& url : file.urls) require(url.starts_with("http"), "only what Ferry fetches");
  }
  return 0;
}
