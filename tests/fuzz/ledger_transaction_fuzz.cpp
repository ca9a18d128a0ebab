// Any bytes as a ledger transaction: reading never fails otherwise than by its error, and what a ledger would take is written again byte for
// byte. Inputs that begin with 'S' are signed first, so that the reader behind the signature is reached: the rest of the input is then
// the action, and the transaction around it is ours.

#include <array>
#include <chrono>

#include "channels/chain/contract_rules.hpp"
#include "channels/chain/ledger_transaction.hpp"
#include "protocol/base/typed_data.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/unit/channels/chain/contract_world.hpp"

using namespace ferry;
using namespace ferry::chain;
using ferry::fuzz::require;

namespace {

const base::Domain kLedger{1337, test::key_of(200).address()};

const base::SecretKey& person(std::uint8_t number) {
  static const std::array<base::SecretKey, 3> people{test::key_of(1), test::key_of(2), test::key_of(3)};
  return people[number % people.size()];
}

void read_any(base::ByteView bytes) {
  const auto read = read_transaction(bytes, kLedger);
  if (!read) {
    require(!read.error().code.empty(), "an error has a code");
    return;
  }
  require(bytes.size() <= kMaxTransactionBytes, "what is taken has at most the allowed length");
  if (const auto* claim = std::get_if<Claim>(&read->action)) require(claim->rows.size() <= kMaxClaimRows, "a claim keeps to its limit");
}

/// Numbers for an action out of the input; zeros when it is used up.
class Source {
 public:
  explicit Source(base::ByteView bytes) : bytes_(bytes) {}
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const auto value = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return value;
  }
  base::Amount amount() { return byte() == 0xff ? base::Amount::max() : base::Amount::from_units(byte()); }
  base::Address somebody() {
    const std::uint8_t number = byte() % 4;
    return number == 3 ? base::Address{} : person(number).address();
  }
  channels::ChannelConfig config(const base::Address& token) {
    channels::ChannelConfig config{somebody(), somebody(), somebody(), somebody(), token, 900, {}};
    config.salt.data[0] = byte() % 2;
    return config;
  }
  bool empty() const { return bytes_.empty(); }

 private:
  base::ByteView bytes_;
};

Action some_action(Source& source, const ContractTerms& terms) {
  switch (source.byte() % 8) {
    case 0: return Deposit{source.config(terms.token), source.amount()};
    case 1: {
      Claim claim;
      for (int rows = source.byte() % 4; rows > 0; --rows) {
        const auto config = source.config(terms.token);
        const auto ceiling = source.amount();
        claim.rows.push_back(test::row_of(terms.domain_separator, config, person(0), ceiling, source.amount()));
      }
      if (source.byte() % 2 == 0) claim.batch_signature = person(1).sign(channels::claim_batch_digest(terms.domain_separator, claim.rows));
      return claim;
    }
    case 2: return Settle{source.somebody(), terms.token};
    case 3: return InitiateWithdraw{source.config(terms.token), source.amount()};
    case 4: return FinalizeWithdraw{source.config(terms.token)};
    case 5: return Refund{source.config(terms.token), source.amount()};
    case 7: {
      RefundBySignature refund{source.config(terms.token), source.amount(), source.byte(), {}};
      const auto id = channels::channel_id(terms.domain_separator, refund.config);
      refund.signature = person(source.byte()).sign(channels::refund_digest(terms.domain_separator, id, refund.nonce, refund.amount));
      return refund;
    }
    default: return Transfer{source.somebody(), source.amount()};
  }
}

/// The input as a script of signed transactions: each survives its bytes, and the contract keeps the sum of all money.
void run_script(base::ByteView script) {
  test::ContractWorld world;
  world.terms.domain = kLedger;
  world.terms.domain_separator = base::domain_separator(kLedger);
  for (std::uint8_t i = 0; i < 3; ++i) world.fund(person(i), base::Amount::from_units(500));
  Source source{script};
  const auto all = world.all_money();
  for (int step = 0; step < 12 && !source.empty(); ++step) {
    const auto& signer = person(source.byte());
    const auto raw = sign_transaction(LedgerTransaction{kLedger, {}, source.byte(), some_action(source, world.terms)}, signer);
    require(raw.has_value(), "a claim of few rows is signed");
    const auto read = read_transaction(raw->bytes, kLedger);
    require(read.has_value(), "what was signed is read");
    require(sign_transaction(*read, signer)->bytes == raw->bytes, "nothing is lost on the way");
    world.run(read->action, signer);
    require(world.all_money() == all, "the sum of all money stays the same");
    world.now = world.now + std::chrono::seconds(source.byte() * 10);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView input{data, size};
  if (!input.empty() && input.front() == 'S') {
    run_script(input.subspan(1));
  } else {
    read_any(input);
  }
  return 0;
}
