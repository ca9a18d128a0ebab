// lying_relay: a relay for tests that serves one file under one URL and cheats as it is told. Says who it is in one line of JSON, as ferry-relay does, and
// ends with its standard input.

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>

#include "tests/unit/client/test_relay.hpp"

namespace {

using namespace ferry::client::testing;
using Cheat = std::function<void(Cheats&, std::uint64_t)>;

const std::map<std::string, Cheat>& cheats() {
  static const std::map<std::string, Cheat> known{
      {"corrupt-chunk", [](Cheats& to, std::uint64_t n) { to.corrupt_chunk = n; }},
      {"skip-chunk", [](Cheats& to, std::uint64_t n) { to.skip_chunk = n; }},
      {"stall-at-chunk", [](Cheats& to, std::uint64_t n) { to.stall_at_chunk = n; }},
      {"cut-chunk", [](Cheats& to, std::uint64_t n) { to.cut_chunk = n; }},
      {"overcharge-chunk", [](Cheats& to, std::uint64_t n) { to.overcharge_chunk = n; }},
      {"overcharge-fee", [](Cheats& to, std::uint64_t) { to.overcharge_fee = true; }},
      {"claim-longer", [](Cheats& to, std::uint64_t n) { to.claims_longer = n; }},
      {"close-before-done", [](Cheats& to, std::uint64_t) { to.close_before_done = true; }},
      {"change-final-manifest", [](Cheats& to, std::uint64_t) { to.changes_final_manifest = true; }},
      {"other-identity", [](Cheats& to, std::uint64_t) { to.other_identity = true; }},
      {"quote-for-another", [](Cheats& to, std::uint64_t) { to.quote_for_another = true; }},
      {"old-quotes", [](Cheats& to, std::uint64_t) { to.old_quotes = true; }},
      {"refuse-after-quote", [](Cheats& to, std::uint64_t) { to.refuses_after_quote = true; }},
      {"ignore-requests", [](Cheats& to, std::uint64_t) { to.ignores_requests = true; }},
      {"claim-more", [](Cheats& to, std::uint64_t n) { to.claims_more = ferry::base::Amount::btt(n); }},
  };
  return known;
}

int usage() {
  std::fputs("usage: lying_relay FILE URL VALIDATOR [CHEAT=NUMBER]...\ncheats:", stderr);
  for (const auto& [name, cheat] : cheats()) std::fprintf(stderr, " %s", name.c_str());
  std::fputs("\n", stderr);
  return 2;
}

}  // namespace

int main(int count, char** words) {
  if (count < 4) return usage();
  TestObject object;
  std::ifstream file(words[1], std::ios::binary);
  object.body.assign(std::istreambuf_iterator<char>(file), {});
  object.validator = words[3];
  TestLedger ledger(ferry::base::Amount::btt(60'000));
  TestRelay relay(ledger);
  relay.serve(words[2], std::move(object));
  for (int i = 4; i < count; ++i) {
    const std::string word = words[i];
    const auto equals = word.find('=');
    const auto cheat = cheats().find(word.substr(0, equals));
    if (equals == std::string::npos || cheat == cheats().end()) return usage();
    relay.set([&](Cheats& to) { cheat->second(to, std::strtoull(word.c_str() + equals + 1, nullptr, 10)); });
  }
  std::printf("{\"event\":\"ready\",\"relay\":\"%s\"}\n", relay.reference().c_str());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
