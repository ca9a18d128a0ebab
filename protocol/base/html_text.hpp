#pragma once
// html_text: what strangers named, as text of the programs' own pages. Pure.

#include <string>
#include <string_view>

namespace ferry::base {

/// Safe as the text of an element and within a quoted attribute.
std::string html_text(std::string_view text);

}  // namespace ferry::base
