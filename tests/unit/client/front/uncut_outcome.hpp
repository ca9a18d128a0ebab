#pragma once
// What comes of an app's HTTP requests however they are cut.

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/client/front/cut_input.hpp"

namespace ferry::client {

/// Checks that every usual cut gives the same.
inline HttpOutcome http_outcome_of(const std::string& text) {
  const auto whole = http_outcome(base::bytes_of(text), pieces_of(SIZE_MAX));
  for (const auto& cut : usual_cuts()) CHECK(text_of(http_outcome(base::bytes_of(text), cut)) == text_of(whole));
  return whole;
}

}  // namespace ferry::client
