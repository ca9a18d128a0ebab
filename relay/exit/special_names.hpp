#pragma once
// Names that never lead to the public web: the local machine and network, and the metadata services of clouds. Used by ExitPolicy
// and by the published policy text.

#include <span>
#include <string_view>

namespace ferry::relay::exit {

/// The name itself and all names below it are refused.
std::span<const std::string_view> local_domains();
std::span<const std::string_view> metadata_domains();

/// Both canonical (base::Host): "a.example.org" is below "example.org", "evil-example.org" is not.
bool is_or_is_below(std::string_view name, std::string_view domain);

bool is_in(std::string_view name, std::span<const std::string_view> domains);

}  // namespace ferry::relay::exit
