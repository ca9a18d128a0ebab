#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/running_proxy.hpp"
#include "client/cli/session.hpp"

namespace ferry::cli {

namespace {

using Json = nlohmann::json;

std::string text_or(const Json& object, const char* key, const char* otherwise) {
  return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : otherwise;
}

void print_ledger(const Json& ledger) {
  if (ledger.contains("error")) {
    fmt::print("  {}: {}\n", text_or(ledger, "relay", ""), ledger["error"].value("message", ""));
    return;
  }
  const auto relay = text_or(ledger, "relay", "");
  const auto fee_money = text_or(ledger, "fee_balance", "");
  fmt::print("  {} BTT on the {} ledger (chain {}, contract {}){}{}{}\n", text_or(ledger, "balance", "?"), text_or(ledger, "ledger", "?"),
             ledger.value("chain_id", std::uint64_t{0}), text_or(ledger, "contract", "?"), relay.empty() ? "" : " of " + relay,
             fee_money.empty() ? "" : "; " + fee_money + " of the chain's coin for fees", ledger.value("faucet", false) ? "; it has a faucet" : "");
}

void print_show(const std::string& text) {
  const auto wallet = Json::parse(text, nullptr, false);
  fmt::print("address   {}\n", text_or(wallet, "address", "none yet: `ferry wallet new`, or the first download, makes one"));
  if (wallet.contains("tron_address") && wallet["tron_address"].is_string()) fmt::print("on TRON   {}\n", wallet["tron_address"].get<std::string>());
  fmt::print("channels  {}, holding {} BTT, of which {} BTT can still be promised\n", wallet.value("channels", 0),
             text_or(wallet, "in_channels", "0"), text_or(wallet, "spendable", "0"));
  if (wallet.contains("proxy")) {
    fmt::print("proxy     spent {} BTT today, {} BTT this hour (UTC)\n", text_or(wallet["proxy"], "spent_today", "0"),
               text_or(wallet["proxy"], "spent_this_hour", "0"));
  }
  fmt::print("balances\n");
  for (const auto& ledger : wallet["ledgers"]) print_ledger(ledger);
  if (wallet["ledgers"].empty()) fmt::print("  none known: name a relay with --relay\n");
}

std::string btt_of(const Json& usage) { return usage.is_object() ? text_or(usage, "spent", "0") : "0"; }

/// While a proxy runs it has the wallet, and tells what it does with it.
void print_running(const Json& status) {
  fmt::print("a proxy runs with this wallet: http://{}/ shows more\n", text_or(status, "proxy", "?"));
  fmt::print("channels  {} BTT can still be promised\n", text_or(status, "spendable", "0"));
  fmt::print("proxy     spent {} BTT today, {} BTT this hour (UTC)\n", btt_of(status["today"]), btt_of(status["this_hour"]));
  for (const auto& budget : status["budgets"]) {
    if (!budget["limit"].is_string()) continue;
    fmt::print("budget    {}: {} of {} BTT spent, {} left{}\n", text_or(budget, "name", "?"), text_or(budget, "spent", "0"), text_or(budget, "limit", "?"),
               text_or(budget, "left", "0"), budget.value("reached", false) ? ": REACHED" : "");
  }
}

/// True when a running proxy was asked instead.
bool show_running(const Settings& settings) {
  const auto text = status_of_running_proxy(settings.data_dir);
  if (!text) return false;
  const auto status = Json::parse(*text, nullptr, false);
  if (!status.is_object()) return false;
  if (settings.json) {
    fmt::print("{}\n", Json{{"running_proxy", status}}.dump());
  } else {
    print_running(status);
  }
  return true;
}

void print_channels(const std::string& text) {
  const auto result = Json::parse(text, nullptr, false);
  if (result["channels"].empty()) fmt::print("no channels\n");
  for (const auto& channel : result["channels"]) {
    fmt::print("{}  {}\n  to {}\n  deposited {}  confirmed {}  signed {}  claimed {}  spendable {}\n", text_or(channel, "channel", ""),
               text_or(channel, "state", ""), text_or(channel, "relay", ""), text_or(channel, "deposited", "0"), text_or(channel, "confirmed", "0"),
               text_or(channel, "signed", "0"), text_or(channel, "claimed", "0"), text_or(channel, "spendable", "0"));
    fmt::print("  claimable by the relay {}  withdrawable {}", text_or(channel, "claimable", "0"), text_or(channel, "withdrawable", "0"));
    if (text_or(channel, "fees", "0") != "0") fmt::print("  fees {}", text_or(channel, "fees", "0"));
    fmt::print("{}\n", channel.value("unfinished", false) ? "  a transaction is on its way" : "");
    if (text_or(channel, "adopted", "0") != "0") fmt::print("  of this, {} paid though lost with a connection\n", text_or(channel, "adopted", "0"));
  }
}

void print_withdraw(const std::string& text) {
  const auto result = Json::parse(text, nullptr, false);
  if (result["channels"].empty()) fmt::print("no channels\n");
  for (const auto& channel : result["channels"]) {
    if (channel.contains("error")) {
      fmt::print("{}  {}\n", text_or(channel, "channel", ""), channel["error"].value("message", ""));
      continue;
    }
    if (channel.contains("not_at_once")) {
      fmt::print("{}  not at once: {}\n", text_or(channel, "channel", ""), channel["not_at_once"].value("message", ""));
    }
    fmt::print("{}  {}  {} BTT", text_or(channel, "channel", ""), text_or(channel, "step", ""), text_or(channel, "amount", "0"));
    if (channel.contains("adopted")) fmt::print("; the relay kept {} for what a lost connection took", text_or(channel, "adopted", "0"));
    if (channel.contains("withdraw_at") && channel["withdraw_at"].is_number()) {
      fmt::print("; call again after {} (Unix time)", channel["withdraw_at"].get<std::int64_t>());
    }
    fmt::print("\n");
  }
}

void print_recover(const std::string& text) {
  const auto result = Json::parse(text, nullptr, false);
  for (const auto& chain : result["chains"]) {
    if (chain.contains("error")) {
      fmt::print("{}\n", chain["error"].value("message", ""));
      continue;
    }
    fmt::print("{} channels on {} (chain {}), {} of them new here\n", chain.value("found", std::uint64_t{0}), text_or(chain, "ledger", "?"),
               chain.value("chain_id", std::uint64_t{0}), chain.value("added", std::uint64_t{0}));
  }
  fmt::print("`ferry wallet withdraw` takes back what they hold\n");
}

struct WalletOptions {
  std::string amount;
  std::string channel;
  bool timed = false;
};

const char* first_relay(const Settings& settings) { return settings.relays.empty() ? nullptr : settings.relays.front().c_str(); }

/// One `ferry wallet …` command whose action is one call.
CLI::App* add_action(CLI::App& wallet, Settings& settings, Run& run, const char* name, const char* help, StartCall start, PrintResult print) {
  auto* command = wallet.add_subcommand(name, help);
  add_settings(*command, settings);
  command->callback([&settings, &run, start = std::move(start), print = std::move(print)] {
    run = [&settings, start, print] { return run_call(settings, start, print); };
  });
  return command;
}

}  // namespace

void add_wallet(CLI::App& program, Settings& settings, Run& run) {
  auto options = std::make_shared<WalletOptions>();
  auto* wallet = program.add_subcommand("wallet", "address, balances, channels; deposit, withdraw, faucet, recover");
  wallet->require_subcommand(1);

  auto* show = wallet->add_subcommand("show", "address, balances, what is in channels, and what the local proxy spent");
  add_settings(*show, settings);
  show->callback([&settings, &run] {
    run = [&settings] {
      if (show_running(settings)) return kExitDone;
      const auto start = [](auto* client, auto on_done, void* user, auto* id, auto* error) { return ferry_wallet_show(client, on_done, user, id, error); };
      return run_call(settings, start, print_show);
    };
  });
  add_action(*wallet, settings, run, "new", "make the wallet key; refused when there is one",
             [](auto* client, auto on_done, void* user, auto* id, auto* error) { return ferry_wallet_new(client, on_done, user, id, error); },
             [](const std::string& text) { fmt::print("{}\n", text_or(Json::parse(text, nullptr, false), "address", "")); });
  add_action(*wallet, settings, run, "channels", "every channel: deposited, confirmed, signed, claimed, what can be claimed and withdrawn, fees",
             [](auto* client, auto on_done, void* user, auto* id, auto* error) { return ferry_wallet_channels(client, on_done, user, id, error); },
             print_channels);
  add_action(*wallet, settings, run, "faucet", "take test BTT from the relay's ledger, against a small proof of work",
             [&settings](auto* client, auto on_done, void* user, auto* id, auto* error) {
               return ferry_wallet_faucet(client, first_relay(settings), on_done, user, id, error);
             },
             [](const std::string& text) {
               const auto given = Json::parse(text, nullptr, false);
               fmt::print("{} BTT for {}; balance {} BTT\n", text_or(given, "amount", "?"), text_or(given, "address", "?"), text_or(given, "balance", "?"));
             });
  add_action(*wallet, settings, run, "recover", "find the wallet's channels on the chains (--chain) with wallet.key alone, so that they can be withdrawn",
             [](auto* client, auto on_done, void* user, auto* id, auto* error) { return ferry_wallet_recover(client, on_done, user, id, error); },
             print_recover);
  auto* deposit = add_action(*wallet, settings, run, "deposit", "move BTT from the wallet into the channel to a relay",
                             [&settings, options](auto* client, auto on_done, void* user, auto* id, auto* error) {
                               return ferry_wallet_deposit(client, first_relay(settings), options->amount.c_str(), on_done, user, id, error);
                             },
                             [](const std::string& text) {
                               const auto made = Json::parse(text, nullptr, false);
                               fmt::print("{} BTT into channel {}; it now holds {} BTT\n", text_or(made, "deposited", "?"), text_or(made, "channel", "?"),
                                          text_or(made, "balance", "?"));
                             });
  deposit->add_option("AMOUNT", options->amount, "BTT")->required();
  auto* withdraw = add_action(*wallet, settings, run, "withdraw", "take unspent BTT back: at once if the relay agrees, else once to ask and again when the delay is over",
                              [options](auto* client, auto on_done, void* user, auto* id, auto* error) {
                                const auto call = options->timed ? &ferry_wallet_withdraw_timed : &ferry_wallet_withdraw;
                                return call(client, or_null(options->channel), or_null(options->amount), on_done, user, id, error);
                              },
                              print_withdraw);
  withdraw->add_option("--channel", options->channel, "only this channel")->type_name("0x…");
  withdraw->add_option("--amount", options->amount, "less than all; never at once")->type_name("BTT");
  withdraw->add_flag("--timed", options->timed, "do not ask the relay: wait for the channel's delay");
}

}  // namespace ferry::cli
