// Any bytes as a record: what is understood is written and understood alike, and neither ledger does anything but take it or refuse it,
// whether it knows a channel already or not.

#include "channels/payer_ledger.hpp"
#include "channels/records.hpp"
#include "channels/relay_ledger.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/unit/channels/parties.hpp"

using namespace ferry;
using namespace ferry::channels;
using fuzz::require;

namespace {

RelayLedger relay_with_channel() {
  RelayLedger ledger = test::relay_ledger();
  test::open(ledger, test::units(1000));
  test::pay(ledger, test::id(), test::units(50));
  return ledger;
}

PayerLedger payer_with_channel() {
  PayerLedger ledger(test::kDomain);
  ledger.apply(ledger.open("relay", test::config(), test::units(1000), {}).value());
  ledger.apply(ledger.sync(test::id(), test::units(1000), test::units(0), false).value());
  return ledger;
}

/// Inputs hold records one after the other, each with its length before it in two bytes.
template <typename Ledger>
void replay_all(Ledger ledger, base::ByteView input) {
  while (input.size() >= 2) {
    const std::size_t length = std::min<std::size_t>(input[0] * 256U + input[1], input.size() - 2);
    const auto replayed = ledger.replay(input.subspan(2, length));
    require(replayed || replayed.error().code == "journal_record", "a record is refused by one code");
    if (!replayed) return;
    require(ledger.audit().has_value(), "a ledger that took a record is sound");
    input = input.subspan(2 + length);
  }
  Ledger again = ledger;
  for (const auto& record : ledger.snapshot()) require(unpack_record(record).has_value(), "a snapshot can be read");
  require(again.snapshot() == ledger.snapshot(), "a snapshot depends on nothing else");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const RelayLedger relay = relay_with_channel();
  static const PayerLedger payer = payer_with_channel();
  const base::ByteView input{data, size};
  if (size >= 2) {
    if (const auto record = unpack_record(input.subspan(2))) {
      const base::Bytes packed = pack(*record);
      const auto again = unpack_record(packed);
      require(again.has_value() && pack(*again) == packed, "what was written is read and written alike");
    }
  }
  replay_all(relay, input);
  replay_all(payer, input);
  replay_all(test::relay_ledger(), input);
  replay_all(PayerLedger(test::kDomain), input);
  return 0;
}
