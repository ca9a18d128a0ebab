#include "relay/watchtower/run_watchtower.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "channels/chain/ledger_url.hpp"
#include "relay/ops/admin_server.hpp"
#include "relay/ops/identity.hpp"
#include "relay/ops/ledger_mark.hpp"
#include "relay/ops/logging.hpp"
#include "relay/ops/open_journal.hpp"
#include "relay/ops/open_ledger.hpp"
#include "relay/ops/setting_text.hpp"
#include "relay/ops/stop_signals.hpp"
#include "relay/watchtower/watch_routes.hpp"
#include "relay/watchtower/watch_rows_file.hpp"

namespace ferry::relay {

using namespace std::chrono_literals;
using base::Result;

namespace {

constexpr std::size_t kPoolThreads = 4;

base::Time now() { return base::Time{std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count()}; }

Result<WatchtowerTerms> terms_of(const RelaySettings& settings, const chain::ChainInfo& info) {
  WatchtowerTerms terms;
  terms.domain_separator = base::domain_separator(info.domain);
  terms.token = info.token;
  terms.fees = info.fees;
  terms.coin_price = settings.ledger.coin_price;
  terms.outbid_after = settings.ledger.outbid_after;
  for (const auto& text : settings.watch_relays) {
    FERRY_TRY(const auto address, base::Address::parse(text));
    terms.relays.insert(address);
  }
  if (terms.relays.empty()) return base::fail(base::refusal("watchtower_settings", "say for whom the watchtower works: --watch-relay ADDRESS, once for each relay"));
  return terms;
}

}  // namespace

Result<void> run_watchtower(const RelaySettings& settings) {
  StopSignals signals;
  FERRY_TRY(const auto data, DataDirectory::open(settings.data_dir, DataDirectory::Use::run));
  FERRY_TRY(const auto key, load_identity(data));
  FERRY_TRY(const auto before, read_ledger_mark(data.ledger_mark()));
  FERRY_TRY(auto ledger, open_ledger(settings.ledger, data));
  if (ledger.kind == "embedded") return base::fail(base::refusal("watchtower_settings", "a watchtower watches a ledger that others use too: give --ledger"));
  FERRY_TRY(auto terms, terms_of(settings, ledger.info));
  const LedgerMark mark{"watchtower of " + ledger.kind, ledger.info.name, ledger.info.domain, ledger.info.token, key.address(), ledger.info.fees};
  FERRY_CHECK(check_ledger_mark(before, mark));

  channels::RelayLedger no_channels(terms.domain_separator, key.address(), key.address(), terms.token, channels::CreditRules{});
  FERRY_TRY(auto opened, open_journal(data.journal(), std::move(no_channels)));
  FERRY_TRY(auto rows, open_watch_rows(data.watch_rows(), terms.domain_separator));
  FERRY_CHECK(keep_ledger_mark(data.ledger_mark(), mark));
  JournalWriter journal(std::move(opened.journal));
  LedgerBook account(std::move(opened.ledger), terms.domain_separator, journal);
  JournalWriter rows_journal(std::move(rows.journal));
  Watchtower tower(std::move(rows.memory), rows_journal, account, *ledger.backend, key, std::move(terms));

  BlockingPool pool(kPoolThreads);
  AdminServer server(pool);
  FERRY_TRY(const auto port, server.listen(settings.listen, "--listen"));
  server.start([&tower](const AdminRequest& request) { return answer_watch(tower, request); });
  fmt::print(R"({{"event":"ready","watchtower":{},"address":{},"pid":{},"ledger":{},"ledger_name":{}}})"
             "\n",
             json_string("http://" + to_text(Endpoint{settings.listen.host, port})), json_string(key.address().to_eip55()), ::getpid(),
             json_string(chain::LedgerUrl::shown(settings.ledger.url)), json_string(ledger.info.name));
  std::fflush(stdout);

  const auto never = [] { return false; };
  const auto pause = std::clamp<std::chrono::milliseconds>(std::chrono::milliseconds(ledger.info.min_withdraw_delay * 1000 / 48), 250ms, 10s);
  do static_cast<void>(tower.tick(now()));  // what fails is logged, shown, and tried again
  while (signals.wait_until(never, pause));
  server.stop();
  pool.wait_idle();
  spdlog::info("stopped");
  return {};
}

}  // namespace ferry::relay
