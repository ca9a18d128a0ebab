#pragma once
// What a Result says in one word, so that a test can compare it.

#include <string>

#include "protocol/base/result.hpp"

namespace ferry::wire {

/// The error's code, or "ok".
template <typename T>
std::string code_of(const base::Result<T>& result) {
  return result ? "ok" : result.error().code;
}

/// As code_of, for what must be nothing but a refusal.
template <typename T>
std::string refusal_of(const base::Result<T>& result) {
  if (result) return "ok";
  return result.error().kind == base::ErrorKind::refusal ? result.error().code : "not a refusal";
}

}  // namespace ferry::wire
