// Fills the data directory of a relay that is not running with channels, as years of clients would: deposited, paid from, claimed in full. All
// bear one signature, which nobody checks who only starts. With --storage the ledger is the contract on a chain: what its storage must hold is
// written out, slot and word in each line. With --unclaimed nothing is claimed yet, and each voucher is signed by its payer.

#include <sqlite3.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "channels/journal.hpp"
#include "channels/relay_ledger.hpp"
#include "protocol/base/hash.hpp"
#include "protocol/base/key.hpp"
#include "protocol/base/typed_data.hpp"

namespace ferry::bench {
namespace {

using base::Amount;
using base::Result;

/// One ledger's records at a time: what is made needs little memory, however much it is.
constexpr std::uint64_t kBatch = 10'000;

struct Order {
  std::string data, relay, receiver, token, contract, storage;
  bool unclaimed = false;
  std::uint64_t chain_id = 0;
  std::uint64_t count = 0;
};

struct Place {
  base::Domain domain;
  base::Address relay, receiver, token;
};

Result<Place> place_of(const Order& order) {
  Place place;
  place.domain.chain_id = order.chain_id;
  FERRY_TRY(place.domain.verifying_contract, base::Address::parse(order.contract));
  FERRY_TRY(place.relay, base::Address::parse(order.relay));
  FERRY_TRY(place.receiver, base::Address::parse(order.receiver));
  FERRY_TRY(place.token, base::Address::parse(order.token));
  return place;
}

/// `signer`: who signs its vouchers, if that matters.
channels::ChannelConfig config_of(const Place& place, std::uint64_t number, const base::SecretKey* signer) {
  const auto seed = base::sha256(base::bytes_of("ferry bench channel " + std::to_string(number)));
  channels::ChannelConfig config;
  std::copy_n(seed.data.begin(), config.payer.data.size(), config.payer.data.begin());
  config.payer_authorizer = signer == nullptr ? config.payer : signer->address();
  config.receiver = place.receiver;
  config.receiver_authorizer = place.relay;
  config.token = place.token;
  config.withdraw_delay = 86'400;
  return config;
}

/// Where the ledger keeps its channels.
class LedgerRows {
 public:
  virtual ~LedgerRows() = default;
  virtual bool begin() = 0;
  virtual bool put(const base::ChannelId& id, Amount balance, Amount claimed) = 0;
  /// `all` is what lies in the channels.
  virtual bool finish(Amount all) = 0;
};

/// Of the contract: `mapping(bytes32 => Channel) channels` is its second variable, and one word holds both sums.
class ContractStorage final : public LedgerRows {
 public:
  explicit ContractStorage(const std::string& file) : file_(file) {}
  bool begin() override { return file_.good(); }
  bool put(const base::ChannelId& id, Amount balance, Amount claimed) override {
    base::Bytes key(id.data.begin(), id.data.end());
    key.resize(64);
    key.back() = 1;
    file_ << "0x" << base::keccak256(key).hex() << " 0x" << base::to_hex(claimed.to_bytes()) << base::to_hex(balance.to_bytes()) << '\n';
    return file_.good();
  }
  bool finish(Amount) override {
    file_.close();
    return file_.good();
  }

 private:
  std::ofstream file_;
};

/// The rows of the relay's embedded ledger.
class EmbeddedRows final : public LedgerRows {
 public:
  explicit EmbeddedRows(const std::string& file) {
    sqlite3* raw = nullptr;
    if (sqlite3_open(file.c_str(), &raw) == SQLITE_OK) {
      sqlite3_prepare_v2(raw, "INSERT OR REPLACE INTO channels VALUES (?, ?, ?, zeroblob(16), 0, 0)", -1, &insert_, nullptr);
      sqlite3_prepare_v2(raw, "UPDATE ledger SET minted = ?", -1, &minted_, nullptr);
    }
    database_.reset(raw);
  }
  ~EmbeddedRows() override {
    sqlite3_finalize(insert_);
    sqlite3_finalize(minted_);
  }
  EmbeddedRows(const EmbeddedRows&) = delete;
  EmbeddedRows& operator=(const EmbeddedRows&) = delete;

  bool begin() override { return run("BEGIN"); }
  bool put(const base::ChannelId& id, Amount balance, Amount claimed) override {
    sqlite3_bind_blob(insert_, 1, id.data.data(), static_cast<int>(id.data.size()), SQLITE_TRANSIENT);
    bind(insert_, 2, balance);
    bind(insert_, 3, claimed);
    return step(insert_);
  }
  /// What lies in the channels is all that there is; else the ledger would call itself damaged.
  bool finish(Amount all) override {
    bind(minted_, 1, all);
    return step(minted_) && run("COMMIT");
  }

 private:
  bool run(const char* sql) { return sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK; }
  static void bind(sqlite3_stmt* statement, int column, Amount amount) {
    const auto bytes = amount.to_bytes();
    sqlite3_bind_blob(statement, column, bytes.data(), static_cast<int>(bytes.size()), SQLITE_TRANSIENT);
  }
  static bool step(sqlite3_stmt* statement) {
    const bool done = sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_reset(statement);
    return done;
  }
  struct Closer {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
  };
  std::unique_ptr<sqlite3, Closer> database_;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* minted_ = nullptr;
};

/// At once and for all that was promised.
void deliver(channels::RelayLedger& ledger, const base::ChannelId& id, Amount price) {
  const auto admitted = ledger.reserve(id, channels::DeliveryKey{{}, 0}, price, price, base::Time::from_seconds(1'700'000'000));
  if (const auto* reservation = admitted ? std::get_if<channels::Reservation>(&*admitted) : nullptr) {
    ledger.charge(*reservation, price, base::Time::from_seconds(1'700'000'000));
  }
}

Result<void> make(const Order& order) {
  FERRY_TRY(const auto place, place_of(order));
  const auto separator = base::domain_separator(place.domain);
  const Amount deposit = Amount::btt(1'000), spent = Amount::btt(400), claimed = order.unclaimed ? Amount{} : spent;
  FERRY_TRY(const auto journal, channels::Journal::open(order.data + "/journal", [](base::ByteView) { return Result<void>{}; }));
  const auto key = *base::SecretKey::from_bytes(base::sha256(base::bytes_of("ferry bench")).view());
  const auto signature = channels::sign_voucher(separator, {}, spent, key).signature;
  std::unique_ptr<LedgerRows> rows;
  if (order.storage.empty()) rows = std::make_unique<EmbeddedRows>(order.data + "/ledger.sqlite");
  else rows = std::make_unique<ContractStorage>(order.storage);
  bool stored = rows->begin();
  for (std::uint64_t from = 0; from < order.count && stored; from += kBatch) {
    channels::RelayLedger ledger(separator, place.receiver, place.relay, place.token, {});
    for (std::uint64_t i = from; i < std::min(from + kBatch, order.count) && stored; ++i) {
      const auto config = config_of(place, i, order.unclaimed ? &key : nullptr);
      const auto id = channels::channel_id(separator, config);
      FERRY_TRY(const auto opened, ledger.open(config, channels::ChainChannel{deposit, claimed, {}, {}, false}));
      ledger.apply(opened);
      const auto promise = order.unclaimed ? channels::sign_voucher(separator, id, spent, key).signature : signature;
      ledger.apply(channels::VoucherRecord{id, spent, promise, claimed});
      stored = rows->put(id, deposit, claimed);
      if (order.unclaimed) deliver(ledger, id, spent);
    }
    for (const auto& record : ledger.snapshot()) journal->append(base::ByteView{record});
    FERRY_CHECK(journal->commit());
  }
  const auto all = deposit.minus_floored(claimed).times(order.count).value_or(Amount::max());
  if (!stored || !rows->finish(all)) return base::fail(base::environment("ledger", "the relay's ledger takes no rows"));
  std::puts(nlohmann::json{{"channels", order.count}, {"journal_bytes", journal->size_bytes()}}.dump().c_str());
  return {};
}

}  // namespace
}  // namespace ferry::bench

int main(int argc, char** argv) {
  ferry::bench::Order order;
  CLI::App app("Fills the data directory of a relay that is not running with channels that were paid from and claimed.");
  app.add_option("--data", order.data, "the relay's data directory")->required();
  app.add_option("--relay", order.relay, "its address")->required();
  app.add_option("--receiver", order.receiver, "where its earnings go")->required();
  app.add_option("--token", order.token, "of its ledger")->required();
  app.add_option("--contract", order.contract, "of its ledger")->required();
  app.add_option("--chain-id", order.chain_id, "of its ledger")->required();
  app.add_option("--channels", order.count, "how many")->required();
  app.add_option("--storage", order.storage, "write the storage of a contract there instead of the embedded ledger");
  app.add_flag("--unclaimed", order.unclaimed, "leave everything to be claimed");
  CLI11_PARSE(app, argc, argv);
  if (const auto made = ferry::bench::make(order); !made) {
    std::fprintf(stderr, "make_channels: %s\n", made.error().message.c_str());
    return 1;
  }
  return 0;
}
