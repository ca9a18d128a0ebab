#pragma once
// A result as the text that tests compare: its error code, or "ok".

#include <string>

#include "protocol/base/result.hpp"

namespace ferry::relay::exit::test {

template <typename T>
std::string code_of(const base::Result<T>& result) {
  return result ? "ok" : result.error().code;
}

}  // namespace ferry::relay::exit::test
