#include "tests/chain/relay_chain.hpp"

#include <doctest/doctest.h>

#include <future>

namespace ferry::relay::test {
namespace {

using chain::evm::test::done;
using chain::evm::test::kBtt;

SettlementTerms terms_on(const EvmChain& chain) {
  SettlementTerms terms;
  terms.receiver = chain.people.beneficiary.address();
  terms.token = kBtt;
  terms.domain_separator = chain.separator();
  terms.blind_after = std::chrono::seconds(112);
  terms.fees = chain::Fees::in_token;
  return terms;
}

}  // namespace

ChainLife::ChainLife(const std::filesystem::path& journal_file, std::unique_ptr<chain::ChainBackend> chain_backend, const SettlementTerms& terms,
                     const base::SecretKey& key)
    : backend(std::move(chain_backend)),
      opened(open_journal(journal_file, channels::RelayLedger(terms.domain_separator, terms.receiver, key.address(), terms.token, {})).value()),
      journal(std::move(opened.journal)),
      book(std::move(opened.ledger), terms.domain_separator, journal),
      settlement(book, backend, key, terms) {}

RelayOnChain::RelayOnChain(std::vector<std::string> nodes) : payers_view(chain.backend()), nodes_(std::move(nodes)) {
  chain.give(chain.people.payer.address(), base::Amount::btt(10'000'000));
  chain.mine(5);
  relay_had_ = chain.coins_of(chain.people.relay.address());
  beneficiary_had_ = chain.coins_of(chain.people.beneficiary.address());
  start();
}

void RelayOnChain::start() {
  life.reset();
  life = std::make_unique<ChainLife>(directory_.path() / "journal", chain.backend(nodes_), terms_on(chain), chain.people.relay);
}

void RelayOnChain::deposit(base::Amount amount, std::uint8_t salt) {
  REQUIRE(done(*payers_view, chain::Deposit{chain.config(salt), amount}, chain.people.payer) == "ok");
}

std::string RelayOnChain::name_channel(std::uint8_t salt) {
  const auto read = life->backend.read_channel(id(salt));
  REQUIRE(read.is_ok());
  std::promise<std::string> told;
  book().open(chain.config(salt), *read.value, {}, [&](const LedgerBook::ChannelResult& result) { told.set_value(result ? "ok" : result.error().code); });
  return told.get_future().get();
}

std::string RelayOnChain::promise(base::Amount total, std::uint8_t salt) {
  std::promise<std::string> told;
  const auto voucher = channels::sign_voucher(chain.separator(), id(salt), total, chain.people.session);
  book().take_voucher(chain.config(salt).payer, voucher, {}, [&](const base::Result<base::Amount>& result) { told.set_value(result ? "ok" : result.error().code); });
  return told.get_future().get();
}

void RelayOnChain::earn(base::Amount total, std::uint8_t salt) {
  deposit(base::Amount::btt(5000), salt);
  REQUIRE(name_channel(salt) == "ok");
  REQUIRE(promise(total, salt) == "ok");
  const auto admitted = book().reserve(chain.config(salt).payer, id(salt), channels::DeliveryKey{{}, salt}, total, total, now);
  REQUIRE(admitted);
  std::promise<void> durable;
  book().charge(std::get<channels::Reservation>(*admitted), total, now, [&](const base::Result<void>&) { durable.set_value(); });
  durable.get_future().get();
}

void RelayOnChain::check_books() {
  base::Amount claimed_sum;
  for (const auto& [channel, facts] : book().channels()) {
    const auto on_chain = payers_view->read_channel(channel);
    REQUIRE(on_chain.is_ok());
    CHECK(*on_chain.value == facts.chain);
    claimed_sum = claimed_sum.plus_saturated(on_chain.value->total_claimed);
  }
  const auto account = book().account();
  CHECK(book().totals().claimed == claimed_sum);
  CHECK(account.unsettled == *payers_view->unsettled(chain.people.beneficiary.address(), kBtt).value);
  CHECK(chain.coins_of(chain.people.beneficiary.address()).minus_floored(beneficiary_had_) == claimed_sum.minus_floored(account.unsettled));
  CHECK(relay_had_.minus_floored(chain.coins_of(chain.people.relay.address())) == account.fees);
  CHECK(book().prepared_transactions().empty());
}

}  // namespace ferry::relay::test
