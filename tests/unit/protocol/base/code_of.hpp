#pragma once
// What a Result says in one word, so that a test can compare it. Used by the tests of protocol/base only.

#include <string>

#include "protocol/base/result.hpp"

namespace ferry::base {

/// The error's code, or "ok".
template <typename T>
std::string code_of(const Result<T>& result) {
  return result ? "ok" : result.error().code;
}

}  // namespace ferry::base
