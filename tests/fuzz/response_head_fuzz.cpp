// Any bytes as the header lines of an origin: what is accepted fits a manifest, and no line end of the
// origin's gets into a field.

#include "protocol/content/geometry.hpp"
#include "relay/content/field_text.hpp"
#include "relay/content/response_head.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>

using namespace ferry::relay::content;
using ferry::fuzz::require;

namespace {

constexpr std::size_t kMaxBytes = 4096;
constexpr std::size_t kMaxCount = 16;

bool is_clean(char c) {
    return static_cast<unsigned char>(c) >= 0x20 || c == '\t';
}

void check(const ResponseHead& head) {
    require(head.status >= 200 && head.status <= 999, "a final status");
    require(head.headers.size() <= kMaxCount, "fields are bounded");
    require(head.content_length.value_or(0) <= ferry::content::kMaxBodyBytes, "a length is bounded");
    std::size_t bytes = 0;
    for (const auto& [name, value] : head.headers) {
        bytes += name.size() + value.size();
        require(is_token(name) && lower_case(name) == name, "a name is a lower-case token");
        require(std::all_of(value.begin(), value.end(), is_clean), "a value is one line");
        require(trimmed(value) == value, "a value has no outer blanks");
        require(!ferry::content::is_hop_by_hop(name), "nothing of the connection is kept");
    }
    require(bytes <= kMaxBytes, "a head is bounded");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest{reinterpret_cast<const char*>(data), size};
    HeadReader reader(kMaxBytes, kMaxCount);
    while (!rest.empty() && !reader.complete()) {
        const auto end = std::min(rest.find('\n'), rest.size() - 1) + 1;
        if (!reader.line(rest.substr(0, end))) return 0;
        rest.remove_prefix(end);
    }
    if (reader.complete()) check(reader.head());
    return 0;
}
