#include "client/relays/relay_marks.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <sstream>

#include "client/pay/evidence.hpp"
#include "client/wallet/private_file.hpp"
#include "tests/unit/client/scratch_dir.hpp"

namespace ferry::client {

using base::Amount;
using testing::ScratchDir;

namespace {

/// A loop with marks and evidence on it, under a clock that a test moves.
struct Trial {
  const ScratchDir& scratch;
  ClientSettings settings;
  std::atomic<std::int64_t> now_ms{1'000'000'000};
  Clock clock = [this] { return base::Time{now_ms}; };
  std::unique_ptr<Loop> loop = std::move(*Loop::start());
  RelayMarks marks{*loop, scratch / "marks.json", Announcer(settings), clock};
  Evidence evidence{*loop, scratch / "evidence", Announcer(settings), clock};

  explicit Trial(const ScratchDir& dir) : scratch(dir) {
    marks.load();
    evidence.load();
  }
  ~Trial() {
    loop->post([this] { loop->stop(); });
    loop->join();
  }
  template <typename Work>
  auto on_loop(Work work) {
    std::promise<decltype(work())> done;
    loop->post([&] { done.set_value(work()); });
    return done.get_future().get();
  }
};

const base::Address kRelay{{1}};

std::string text_of(const std::filesystem::path& path) { return read_small_file(path, 1 << 20).value().value_or(""); }

}  // namespace

TEST_CASE("marks: last a day, and over a start") {
  const ScratchDir scratch;
  {
    Trial trial(scratch);
    CHECK_FALSE(trial.on_loop([&] { return trial.marks.find(kRelay).has_value(); }));
    trial.on_loop([&] { trial.marks.mark(kRelay, "chunk_hash"); trial.marks.mark(base::Address{{2}}, "x"); return 0; });
    CHECK(trial.on_loop([&] { return trial.marks.find(kRelay)->code; }) == "chunk_hash");
  }
  Trial next(scratch);
  CHECK(next.marks.find(kRelay)->code == "chunk_hash");
  CHECK(next.marks.find(base::Address{{2}}).has_value());
  next.now_ms += RelayMarks::kMarked.count() - 1000;
  CHECK(next.marks.find(kRelay).has_value());
  next.now_ms += 1000;
  CHECK_FALSE(next.marks.find(kRelay).has_value());
}

TEST_CASE("marks: one that differs is no liar, one that does so time and again is avoided like one") {
  const ScratchDir scratch;
  Trial trial(scratch);
  const auto differ = [&] {
    trial.marks.note_difference(kRelay);
    const auto mark = trial.marks.find(kRelay);
    return mark ? mark->code : std::string();
  };
  for (int i = 1; i < RelayMarks::kMostDifferences; ++i) CHECK(trial.on_loop(differ) == "");
  CHECK(trial.on_loop(differ) == "outvoted");
  CHECK_FALSE(trial.on_loop([&] { return trial.marks.find(base::Address{{2}}).has_value(); }));
}

TEST_CASE("evidence: records are bounded, and the oldest go") {
  const ScratchDir scratch;
  {
    Trial trial(scratch);
    EvidenceRecord record;
    record.method = "GET";
    for (std::size_t i = 0; i < Evidence::kMaxRecords + 10; ++i) {
      record.at = static_cast<std::int64_t>(1'000'000'000 + i);
      trial.on_loop([&] { trial.evidence.keep_record(record); return 0; });
    }
  }
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(scratch / "evidence" / "records")) names.push_back(entry.path().filename());
  CHECK(names.size() == Evidence::kMaxRecords);
  CHECK(std::none_of(names.begin(), names.end(), [](const auto& name) { return name.starts_with("1000000000-"); }));
}

TEST_CASE("marks: a file that makes no sense is as good as none") {
  const ScratchDir scratch;
  for (const char* text : {"", "{", "[]", "{\"x\":1}", "{\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\":{\"for\":1,\"until\":\"\"}}"}) {
    std::ofstream(scratch / "marks.json") << text;
    Trial trial(scratch);
    CHECK_FALSE(trial.marks.find(kRelay).has_value());
  }
}

TEST_CASE("evidence: keeps quotes, the last voucher of a channel, and faults, for people and for the next start") {
  const ScratchDir scratch;
  pricing::Quote quote;
  quote.relay = kRelay;
  quote.request = base::RequestHash{{5}};
  quote.chunk_bytes = 256 * 1024;
  quote.hit_per_mib = Amount::btt(3);
  quote.miss_per_mib = Amount::btt(7);
  quote.issued_at = base::Time{1'000'000'000};
  quote.valid_until = base::Time{1'000'060'000};
  const base::Domain ledger{1337, kRelay};
  {
    Trial trial(scratch);
    trial.on_loop([&] {
      trial.evidence.keep_quote(ledger, quote, {base::StreamId{1}, pricing::pack(quote), {}});
      trial.evidence.keep_voucher(ledger, {base::ChannelId{{1}}, Amount::from_units(111), {}});
      trial.evidence.keep_voucher(ledger, {base::ChannelId{{1}}, Amount::from_units(222), {}});
      trial.evidence.keep_fault("ferry://r", base::peer_fault("chunk_hash", "wrong"), nlohmann::json::object());
      return 0;
    });
    CHECK(trial.on_loop([&] { return trial.evidence.dearest(kRelay, quote.request).miss_per_mib; }) == Amount::btt(7));
  }
  CHECK(text_of(scratch / "evidence/quotes.jsonl").find(base::to_hex(base::ByteView{pricing::pack(quote)})) != std::string::npos);
  CHECK(text_of(scratch / "evidence/vouchers.jsonl").find("\"222\"") != std::string::npos);
  CHECK(text_of(scratch / "evidence/vouchers.jsonl").find("\"111\"") == std::string::npos);
  CHECK(text_of(scratch / "evidence/faults.jsonl").find("chunk_hash") != std::string::npos);

  Trial next(scratch);
  CHECK(next.evidence.dearest(kRelay, quote.request).hit_per_mib == Amount::btt(3));
  CHECK(next.evidence.dearest(kRelay, base::RequestHash{{6}}).hit_per_mib.is_zero());
}

TEST_CASE("evidence: what comes while a file is written follows it, in order") {
  const ScratchDir scratch;
  {
    Trial trial(scratch);
    trial.on_loop([&] {
      for (int i = 0; i < 50; ++i) trial.evidence.keep_fault("ferry://r", base::peer_fault("x", "fault " + std::to_string(i)), nlohmann::json::object());
      return 0;
    });
  }
  std::istringstream lines(text_of(scratch / "evidence/faults.jsonl"));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    CHECK(nlohmann::json::parse(line)["message"] == "fault " + std::to_string(count));
  }
  CHECK(count == 50);
}

TEST_CASE("evidence: is bounded") {
  const ScratchDir scratch;
  Trial trial(scratch);
  const std::string message(2000, 'x');
  for (int i = 0; i < 1500; ++i) {
    trial.on_loop([&] { trial.evidence.keep_fault("ferry://r", base::peer_fault("x", message), nlohmann::json::object()); return 0; });
  }
  trial.on_loop([] { return 0; });
  CHECK(std::filesystem::file_size(scratch / "evidence/faults.jsonl") < Evidence::kMaxFileBytes + 4096);
}

}  // namespace ferry::client
