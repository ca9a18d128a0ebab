#pragma once
// How a fuzz target says that a property is broken: by dying, which libFuzzer and the corpus replay both report.

#include <cstdio>
#include <cstdlib>

namespace ferry::fuzz {

inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", property);
  std::abort();
}

}  // namespace ferry::fuzz
