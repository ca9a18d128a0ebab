#pragma once
// A check that is made millions of times: it costs a comparison unless it fails.

#include <doctest/doctest.h>

namespace ferry::channels::test {

inline void must_hold(bool holds, const char* what) {
  if (!holds) FAIL(what);
}

}  // namespace ferry::channels::test
