#include "client/usage/usage_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/wallet/private_file.hpp"
#include "tests/unit/client/scratch_dir.hpp"

namespace ferry::client {

using base::Amount;
using testing::ScratchDir;

namespace {

constexpr base::Time kNow{1'760'000'000'000};

/// A loop with a book and its file on it.
struct Trial {
  std::vector<std::string> warnings;  // on the loop, until its end
  ClientSettings settings = [this] {
    ClientSettings made;
    made.on_log = [this](LogLevel, const std::string& message) { warnings.push_back(message); };
    return made;
  }();
  std::unique_ptr<Loop> loop = std::move(*Loop::start());
  UsageBook book;
  UsageFile file;

  explicit Trial(const std::filesystem::path& path) : file(*loop, path, Announcer(settings), book) { file.load(); }
  ~Trial() { end(); }

  void note(std::uint64_t btt) {
    loop->post([this, btt] {
      book.note("app", "host", "relay", {Amount::btt(btt), 1, 1}, kNow);
      file.changed();
    });
  }
  /// Stops the file, waits until it says so, and ends the loop.
  void end() {
    loop->post([this] { file.stop([this] { loop->stop(); }); });
    loop->join();
  }
};

}  // namespace

TEST_CASE("usage file: what was noted is there after a restart, for its owner alone") {
  const ScratchDir scratch;
  {
    Trial trial(scratch / "usage.json");
    trial.note(2);
    trial.note(3);
  }
  struct stat facts {};
  REQUIRE(::stat((scratch / "usage.json").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777U) == 0600U);
  Trial next(scratch / "usage.json");
  CHECK(next.book.today().spent == Amount::btt(5));
  CHECK(next.warnings.empty());
}

TEST_CASE("usage file: without a change nothing is written") {
  const ScratchDir scratch;
  { const Trial trial(scratch / "usage.json"); }
  CHECK_FALSE(std::filesystem::exists(scratch / "usage.json"));
}

TEST_CASE("usage file: is written while the proxy runs, and again after that") {
  const ScratchDir scratch;
  Trial trial(scratch / "usage.json");
  std::promise<void> written;
  Timer* watch = nullptr;
  std::function<void()> look = [&] {
    if (!std::filesystem::exists(scratch / "usage.json")) return watch->start(base::Duration{5}, look);
    delete watch;
    written.set_value();
  };
  trial.note(1);
  trial.loop->post([&] {
    watch = new Timer(*trial.loop);
    look();
  });
  REQUIRE(written.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready);
  trial.note(2);
  trial.end();
  const auto text = read_small_file(scratch / "usage.json", UsageBook::kMaxTextBytes).value().value();
  CHECK(UsageBook::parse(text).value().today().spent == Amount::btt(3));
}

TEST_CASE("usage file: what changes while it is being written is written before the end") {
  const ScratchDir scratch;
  Trial trial(scratch / "usage.json");
  std::optional<Timer> after;
  trial.loop->post([&] {
    trial.book.note("app", "host", "relay", {Amount::btt(1), 1, 1}, kNow);
    trial.file.changed();
    after.emplace(*trial.loop);
    after->start(UsageFile::kPause, [&] {  // due with the file's own timer and started after it: the write has begun and cannot have ended
      after.reset();
      trial.book.note("app", "host", "relay", {Amount::btt(2), 1, 1}, kNow);
      trial.file.changed();
      trial.file.stop([&] { trial.loop->stop(); });
    });
  });
  trial.loop->join();
  const auto text = read_small_file(scratch / "usage.json", UsageBook::kMaxTextBytes).value().value();
  CHECK(UsageBook::parse(text).value().today().spent == Amount::btt(3));
}

TEST_CASE("usage file: one that makes no sense is put aside and told of") {
  const ScratchDir scratch;
  std::ofstream(scratch / "usage.json") << "something else";
  {
    Trial trial(scratch / "usage.json");
    CHECK(trial.book.today() == Usage{});
    REQUIRE(trial.warnings.size() == 1);
    CHECK(trial.warnings[0].find("usage.json.broken") != std::string::npos);
    trial.note(1);
  }
  CHECK(read_small_file(scratch / "usage.json.broken", 100).value() == "something else");
  const Trial next(scratch / "usage.json");
  CHECK(next.book.today().spent == Amount::btt(1));
}

TEST_CASE("usage file: a place that cannot be written is told once, and the end still comes") {
  const ScratchDir scratch;
  Trial trial(scratch / "missing/usage.json");
  trial.note(1);
  trial.end();
  CHECK(trial.warnings.size() == 1);
}

}  // namespace ferry::client
