#pragma once
// A ledger in a directory of its own, with a clock that the test turns and a faucet that asks for no work.

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "channels/chain/embedded_ledger.hpp"
#include "channels/chain/ledger_transaction.hpp"
#include "tests/unit/channels/chain/people.hpp"

namespace ferry::chain::test {

/// In memory where that is possible: every submission waits for the disk, and there are thousands.
inline std::filesystem::path quick_directory() {
  return std::filesystem::is_directory("/dev/shm") ? std::filesystem::path{"/dev/shm"} : std::filesystem::temp_directory_path();
}

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (quick_directory() / "ferry-chain-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

struct LedgerRoom {
  LedgerRoom() {
    parameters.faucet->difficulty_bits = 0;
    parameters.faucet->grant = units(10'000);
    parameters.faucet->daily_total = units(1'000'000);
  }

  base::Result<std::unique_ptr<EmbeddedLedger>> try_open(const std::filesystem::path& at) {
    return EmbeddedLedger::open(at, parameters, [this] { return base::Time{now_ms.load()}; });
  }
  std::unique_ptr<EmbeddedLedger> open(const std::filesystem::path& at) {
    auto ledger = try_open(at);
    if (!ledger) FAIL(ledger.error().message);
    return std::move(*ledger);
  }
  std::unique_ptr<EmbeddedLedger> open() { return open(file); }

  void wait_seconds(std::int64_t seconds) { now_ms += seconds * 1000; }

  TemporaryDirectory directory;
  std::filesystem::path file = directory / "ledger.db";
  LedgerParameters parameters;
  std::atomic<std::int64_t> now_ms = at_seconds(0).unix_ms;
};

/// 10,000 units from the faucet.
inline void fund(Faucet& faucet, const SecretKey& key) {
  const auto challenge = faucet.challenge(key.address());
  REQUIRE(challenge.is_ok());
  const auto proof = solve(*challenge.value, nullptr);
  REQUIRE(proof.has_value());
  const auto granted = faucet.redeem(*proof);
  if (!granted.is_ok()) FAIL(granted.error->message);
}

inline RawTransaction prepared(ChainBackend& ledger, const Action& action, const SecretKey& from) {
  auto raw = ledger.prepare(action, from);
  if (!raw.is_ok()) FAIL(raw.error->message);
  return *raw.value;
}

/// How a submission ended: "ok", "no: <reason of the contract>", "failed: <code>" or "unknown: <code>".
inline std::string fate_of(const Outcome<Receipt>& outcome) {
  if (outcome.is_ok()) return outcome.value->succeeded ? "ok" : "no: " + outcome.value->reason;
  return (outcome.kind == Outcome<Receipt>::Kind::failed ? "failed: " : "unknown: ") + outcome.error->code;
}

inline std::string act(ChainBackend& ledger, const Action& action, const SecretKey& from) {
  return fate_of(ledger.submit(prepared(ledger, action, from)));
}

inline Amount balance(ChainBackend& ledger, const SecretKey& key) {
  const auto money = ledger.balance_of(key.address());
  REQUIRE(money.is_ok());
  return *money.value;
}

inline base::Hash256 separator_of(ChainBackend& ledger) { return base::domain_separator(ledger.info().value->domain); }
inline Address token_of(ChainBackend& ledger) { return ledger.info().value->token; }

inline channels::ChainChannel channel_in(ChainBackend& ledger, const channels::ChannelConfig& config) {
  const auto channel = ledger.read_channel(channels::channel_id(separator_of(ledger), config));
  REQUIRE(channel.is_ok());
  return *channel.value;
}

}  // namespace ferry::chain::test
