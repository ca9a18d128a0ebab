#pragma once
// How tests look into pages.

#include <string>
#include <string_view>

namespace ferry::client {

inline bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace ferry::client
