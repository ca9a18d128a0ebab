// ferry_simulation: one simulated network, its figures as one line of JSON.

#include <cstdio>
#include <string>
#include <vector>

#include "tests/simulation/report.hpp"

int main(int count, char** words) {
  using namespace ferry::simulation;
  const std::vector<std::string> flags(words + 1, words + count);
  for (const auto& flag : flags) {
    if (flag == "--help" || flag == "-h") {
      std::fputs(help_text().c_str(), stdout);
      return 0;
    }
  }
  const auto settings = read_settings(flags);
  if (!settings) {
    std::fprintf(stderr, "ferry_simulation: %s\n", settings.error().message.c_str());
    return 2;
  }
  Network network(*settings);
  network.run();
  std::puts(report(network).c_str());
  return 0;
}
