#include "relay/ops/logging.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/unit/channels/chain/ledger_room.hpp"

using namespace ferry::relay;
using ferry::chain::test::TemporaryDirectory;

namespace {

/// What `work` writes to standard error.
template <typename Work>
std::string standard_error_of(Work work) {
  const TemporaryDirectory directory;
  const auto path = directory / "log";
  const int kept = ::dup(STDERR_FILENO);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT, 0600);
  ::dup2(file, STDERR_FILENO);
  work();
  spdlog::default_logger()->flush();
  ::dup2(kept, STDERR_FILENO);
  ::close(kept);
  ::close(file);
  std::ifstream written(path);
  return {std::istreambuf_iterator<char>(written), {}};
}

}  // namespace

TEST_CASE("logging: as JSON every line is one object, whatever the message holds") {
  const std::string evil = "quote \" newline \n back\\slash \x01 \xff \xc3\xa9";
  const auto text = standard_error_of([&] {
    start_logging({LogSettings::Format::json, "info"});
    spdlog::info("{}", evil);
    spdlog::warn("second");
    spdlog::debug("not shown");
  });
  CHECK(std::ranges::count(text, '\n') == 2);
  const auto first = nlohmann::json::parse(text.substr(0, text.find('\n')));
  CHECK(first["level"] == "info");
  CHECK(first["message"] == "quote \" newline \n back\\slash \x01 \xef\xbf\xbd \xc3\xa9");
  CHECK(first["time"].get<std::string>().size() == std::string("2024-01-31T12:00:00.123Z").size());
}

TEST_CASE("logging: as text the level is shown and decides") {
  const auto text = standard_error_of([] {
    start_logging({LogSettings::Format::text, "error"});
    spdlog::warn("hidden");
    spdlog::error("shown");
  });
  CHECK(text.find("error shown\n") != std::string::npos);
  CHECK(text.find("hidden") == std::string::npos);
}
