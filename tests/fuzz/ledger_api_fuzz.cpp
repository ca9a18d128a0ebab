// Any text to a ledger's API: the first line is the method, the rest the body. There is always an answer, it is JSON, it is either an error
// with kind and code or something that the client's side can read; and the client's side, given the body as an answer, never falls over.

#include "channels/chain/ledger_api.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "channels/chain/ledger_json.hpp"
#include "channels/chain/remote_ledger.hpp"
#include "tests/fuzz/require.hpp"

using namespace ferry;
using namespace ferry::chain;
using ferry::fuzz::require;

namespace {

/// One ledger for all inputs, without a name in any directory once it is open.
EmbeddedLedger& ledger() {
  static const auto the_ledger = [] {
    std::string directory = (std::filesystem::temp_directory_path() / "ferry-fuzz-XXXXXX").string();
    require(::mkdtemp(directory.data()) != nullptr, "a directory can be made");
    LedgerParameters parameters;
    parameters.faucet->difficulty_bits = 4;
    parameters.max_bytes = std::uint64_t{1} << 24U;
    const std::string file = directory + "/ledger.db";
    auto opened = EmbeddedLedger::open(file, parameters, [] { return base::Time::from_seconds(1'700'000'000); });
    require(opened.has_value(), "a ledger can be made");
    for (const char* suffix : {"", "-wal"}) ::unlink((file + suffix).c_str());
    ::rmdir(directory.c_str());
    return std::move(*opened);
  }();
  return *the_ledger;
}

void as_a_request(std::string_view method, std::string_view body) {
  const auto text = handle_text(ledger(), method, body);
  require(text.size() <= kMaxWrittenLedgerText, "an answer keeps to its limit");
  const auto answer = nlohmann::json::parse(text, nullptr, false);
  require(answer.is_object(), "an answer is a JSON object");
  const auto error = read_error(answer);
  require(!answer.contains("error") || error.has_value(), "an error can be read");
  require((http_status(answer) == 200) == !error.has_value(), "the status fits the answer");
}

void as_an_answer(std::string_view text) {
  RemoteLedger remote{[&](std::string_view, std::string) { return Outcome<std::string>::ok(std::string{text}); }};
  remote.info();
  remote.balance_of({});
  remote.read_channel({});
  remote.unsettled({}, {});
  remote.nonce_of({});
  remote.receipt({});
  remote.challenge({});
  remote.redeem({});
  remote.events({}, 0, kMaxEvents);
  const RawTransaction nothing{transaction_id({}), {}};
  const auto receipt = remote.submit(nothing);
  require(!receipt.is_ok() || receipt.value->id == nothing.id, "a receipt is of the transaction that was sent");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = base::text_of({data, size});
  const auto line = std::min(input.find('\n'), input.size());
  as_a_request(input.substr(0, line), input.substr(std::min(line + 1, input.size())));
  as_an_answer(input.substr(std::min(line + 1, input.size())));
  return 0;
}
