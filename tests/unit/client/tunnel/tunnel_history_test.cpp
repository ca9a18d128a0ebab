// Random lives of tunnels: opened, fed, read, dropped, metered late or never, lost with their relay. Whatever happens, no budget is exceeded, no
// byte changes its place, and both ledgers agree about what was counted.

#include <random>

#include "tests/unit/client/tunnel/tunnel_trial.hpp"

namespace ferry::client {

using namespace testing;
using base::Amount;

namespace {

constexpr int kSteps = 60;
const Amount kBudget = Amount::btt(6);
/// Each metering is rounded up by itself: a unit each, of 10^18 in a BTT.
constexpr Amount kHistoryRounding = Amount::from_units(100'000);

/// What the client's books say; asked on the loop, so all of one moment.
struct Books {
  Amount spent;
  Amount confirmed;
  Amount adopted;
};

Books check_books(TestClient& client) {
  Books books;
  on_loop(client, [&](Core& core, KnownRelays&) {
    CHECK(core.budget.spent().plus_saturated(core.budget.reserved()) <= kBudget.plus_saturated(kHistoryRounding));
    books.spent = core.budget.spent();
    for (auto* book : core.books.all()) {
      CHECK(book->ledger().audit());
      for (const auto& [id, channel] : book->ledger().channels()) {
        books.confirmed = books.confirmed.plus_saturated(channel.confirmed);
        books.adopted = books.adopted.plus_saturated(channel.adopted);
      }
    }
  });
  return books;
}

struct Life {
  explicit Life(std::uint64_t seed) : random(seed) {
    relay.serve_site("echo.test:1", echo());
    relay.serve_site("sends.test:1", sends(body));
    relay.serve_site("takes.test:1", [](base::ByteView, bool ended) { return SiteStep{{}, ended}; });
  }

  std::size_t below(std::size_t count) { return random() % count; }
  TunnelTrial* any() { return tunnels.empty() ? nullptr : tunnels[below(tunnels.size())].get(); }

  void open() {
    TunnelTrialOptions options;
    const char* sites[] = {"echo.test:1", "sends.test:1", "takes.test:1", "nobody.test:1"};
    options.to = sites[below(4)];
    if (below(2) == 0) options.max_price = below(8) == 0 ? btt("0.5") : Amount::btt(2);
    if (below(4) == 0) options.budget = *Amount::btt(1).scaled_up(below(100), 100);
    if (below(2) == 0) options.send = pattern(below(100'000));
    options.finish = below(4) == 0;
    options.consumes = below(3) != 0;
    options.memory = memory;
    tunnels.push_back(std::make_unique<TunnelTrial>(client, relay, std::move(options)));
  }
  void step() {
    switch (below(12)) {
      case 0:
      case 1:
      case 2: return open();
      case 3:
        if (auto* tunnel = any()) tunnel->send(pattern(below(200'000)), below(3) == 0);
        return;
      case 4:
      case 5:
        if (auto* tunnel = any()) tunnel->consume(below(300'000));
        return;
      case 6:
        if (auto* tunnel = any()) tunnel->leave();
        return;
      case 7: return relay.set([silent = below(2) == 0](Cheats& cheats) { cheats.meters_nothing = silent; });
      case 8: return relay.set([late = below(2) == 0](Cheats& cheats) { cheats.quotes_after_reset = late; });
      case 9: return relay.set([shut = below(2) == 0](Cheats& cheats) { cheats.opens_no_tunnel = shut; });
      case 10: return relay.set([silent = below(2) == 0](Cheats& cheats) { cheats.stays_silent_after_reset = silent; });
      default:
        if (below(3) == 0) relay.drop_connections();
    }
  }

  std::mt19937_64 random;
  base::Bytes body = pattern(2 * kMib);
  TestLedger ledger;
  TestRelay relay{ledger};
  TestClient client{{&relay}, [](ClientSettings& settings) { settings.budget = kBudget; }};
  std::shared_ptr<DownMemory> memory = std::make_shared<DownMemory>();
  std::vector<std::unique_ptr<TunnelTrial>> tunnels;
};

}  // namespace

TEST_CASE("tunnel history: over random lives no budget is exceeded, and both ledgers agree about what was counted") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    Life life(seed);
    for (int i = 0; i < kSteps; ++i) {
      life.step();
      check_books(life.client);
    }
    life.relay.set([](Cheats& cheats) { cheats = Cheats{}; });
    for (auto& tunnel : life.tunnels) {
      const auto got = tunnel->told().got;
      const auto& longest = life.body;  // every site sends of this pattern, or back what came of it
      if (got.size() <= 100'000) CHECK((got == base::Bytes(longest.begin(), longest.begin() + static_cast<std::ptrdiff_t>(got.size())) || got.empty()));
      tunnel->leave();
    }
    life.tunnels.clear();
    static_cast<void>(spent_in_the_end(life.client));
    const auto books = check_books(life.client);
    CHECK(books.spent == books.confirmed);
    Amount charged;
    for (const auto& channel : life.relay.channels()) {
      charged = charged.plus_saturated(channel.charged);
      CHECK(channel.ceiling <= channel.chain.balance);
    }
    CHECK(books.confirmed <= charged);
    CHECK(charged <= kBudget.plus_saturated(kBudget));
    std::uint64_t share = 0;
    on_loop(life.client, [&](Core&, KnownRelays&) { share = life.memory->share(0, DownMemory::kLargest); });
    CHECK(share == DownMemory::kLargest);
  }
}

}  // namespace ferry::client
