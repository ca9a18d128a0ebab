// submit_alternatives: the receipt of any of several transactions of which at most one is executed.

#include <doctest/doctest.h>

#include <map>

#include "channels/chain/chain_backend.hpp"

using namespace ferry;
using namespace ferry::chain;

namespace {

/// Says of every transaction what the test has written down; nothing else is asked of it.
class ScriptedChain final : public ChainBackend {
 public:
  std::optional<Outcome<Receipt>> on_submit;
  std::map<TransactionId, Outcome<std::optional<Receipt>>> receipts;

  Outcome<ChainInfo> info() override { return no<ChainInfo>(); }
  Outcome<base::Amount> balance_of(const base::Address&) override { return no<base::Amount>(); }
  Outcome<channels::ChainChannel> read_channel(const base::ChannelId&) override { return no<channels::ChainChannel>(); }
  Outcome<base::Amount> unsettled(const base::Address&, const base::Address&) override { return no<base::Amount>(); }
  Outcome<RawTransaction> prepare(const Action&, const base::SecretKey&) override { return no<RawTransaction>(); }
  Outcome<Receipt> submit(const RawTransaction&) override { return *on_submit; }
  Outcome<std::optional<Receipt>> receipt(const TransactionId& id) override { return receipts.at(id); }
  Outcome<std::vector<ChainEvent>> events(const base::Address&, std::uint64_t, std::uint32_t) override { return no<std::vector<ChainEvent>>(); }

 private:
  template <typename T>
  Outcome<T> no() {
    return Outcome<T>::failed(base::bug("test", "not asked"));
  }
};

RawTransaction raw(std::uint8_t number) {
  RawTransaction made;
  made.id.data[0] = number;
  return made;
}
Receipt receipt_of(std::uint8_t number) { return {raw(number).id, true, "", 1, {}}; }

using Told = Outcome<std::optional<Receipt>>;

std::string fate(ScriptedChain& script) {
  const auto outcome = submit_alternatives(script, {raw(1), raw(2), raw(3)});
  if (outcome.is_ok()) return "ok " + std::to_string(outcome.value->id.data[0]);
  return (outcome.kind == Outcome<Receipt>::Kind::failed ? "failed: " : "unknown: ") + outcome.error->code;
}

}  // namespace

TEST_CASE("alternatives: the newest is submitted, and whichever was executed counts") {
  ScriptedChain script;
  script.receipts = {{raw(1).id, Told::ok(std::nullopt)}, {raw(2).id, Told::ok(std::nullopt)}};
  script.on_submit = Outcome<Receipt>::ok(receipt_of(3));
  CHECK(fate(script) == "ok 3");
  script.on_submit = Outcome<Receipt>::unknown(base::environment("waits", ""));
  CHECK(fate(script) == "unknown: waits");
  script.on_submit = Outcome<Receipt>::failed(base::refusal("nonce_used", ""));
  CHECK(fate(script) == "failed: nonce_used");
  script.receipts.at(raw(2).id) = Told::ok(receipt_of(2));
  CHECK(fate(script) == "ok 2");
}

TEST_CASE("alternatives: as long as one's fate is not known, none has failed") {
  ScriptedChain script;
  script.on_submit = Outcome<Receipt>::failed(base::refusal("nonce_used", ""));
  script.receipts = {{raw(1).id, Told::failed(base::environment("no_answer", ""))}, {raw(2).id, Told::ok(std::nullopt)}};
  CHECK(fate(script) == "unknown: nonce_used");
}

TEST_CASE("alternatives: a ledger without fees replaces nothing, and takes none") {
  ScriptedChain script;
  CHECK(script.outbid(raw(1), base::SecretKey::generate()).error->code == "outbid_never");
  CHECK_FALSE(script.is_step(raw(1)));
  CHECK(script.expected_fee(Settle{}).value->is_zero());
  CHECK_FALSE(script.fee_balance_of({}).value->has_value());
}
