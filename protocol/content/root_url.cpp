#include "protocol/content/root_url.hpp"

namespace ferry::content {

namespace {

constexpr std::string_view kScheme = "root:";

}  // namespace

std::string root_url(const base::Hash256& root) { return std::string(kScheme) + root.hex(); }

std::optional<base::Hash256> root_of_url(std::string_view text) {
  if (!text.starts_with(kScheme)) return std::nullopt;
  const auto root = base::Hash256::parse_hex(text.substr(kScheme.size()));
  if (!root || root->is_zero() || root_url(*root) != text) return std::nullopt;
  return root;
}

}  // namespace ferry::content
