#include "relay/ops/commands.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "relay/ops/admin_api.hpp"
#include "relay/ops/earnings_text.hpp"
#include "tests/unit/relay/ops/relay_samples.hpp"

using namespace ferry;
using namespace ferry::relay;
using Kind = Command::Kind;

TEST_CASE("commands: they stand at the front, their flags anywhere behind") {
  std::vector<std::string> arguments{"settle", "--data", "d", "--dry-run", "--json"};
  const auto settle = take_command(arguments);
  REQUIRE(settle);
  CHECK(settle->kind == Kind::settle);
  CHECK(settle->dry_run);
  CHECK(settle->json);
  CHECK(arguments == std::vector<std::string>{"--data", "d"});
  std::vector<std::string> plain{"--data", "settle"};
  CHECK(take_command(plain)->kind == Kind::run);
  CHECK(plain.size() == 2);
  std::vector<std::string> tower{"watchtower", "--json"};
  CHECK(take_command(tower)->kind == Kind::watchtower);
  CHECK(tower.size() == 1);  // no flag of this command: the settings refuse it
  std::vector<std::string> wrong{"earnings", "--dry-run"};
  CHECK(take_command(wrong).error().code == "command_line");
}

TEST_CASE("commands: earnings as lines for a person") {
  test::SampleStatus sample;
  sample.status.totals.lost = base::Amount::btt(3);
  sample.status.settlement.fees = base::Amount::btt(17);
  sample.status.settlement.fee_money = base::Amount::btt(40);
  sample.status.settlement.refused.push_back({{}, "claim_above_balance", sample.status.now});
  const auto text = earnings_text(earnings_json(sample.status));
  for (const auto* part : {"1234.500000000000000001", "990", "written off                             3", "17", "fee money                              40", "claim_above_balance"}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(earnings_text("no JSON") == "no JSON");
}

TEST_CASE("commands: what would be settled, with reasons and sums") {
  SettlementPreview preview;
  preview.costs = {base::Amount::btt(14), base::Amount::btt(6), base::Amount::btt(20)};
  preview.claims = {{{}, base::Amount::btt(400), base::Amount::btt(20), ClaimReason::worth}, {{}, base::Amount::btt(2), base::Amount::btt(6), ClaimReason::dust}};
  preview.unsettled = base::Amount::btt(11);
  preview.settle = SettleReason::asked;
  const auto text = settlement_text(settlement_json(preview));
  CHECK(text.find("claim 0x") == 0);
  CHECK(text.find("brings 400, costs 20: worth\n") != std::string::npos);
  CHECK(text.find("brings 2, costs 6: dust\n") != std::string::npos);
  CHECK(text.find("claims: 1 of 2, bringing 400 for 20\n") != std::string::npos);
  CHECK(text.find("settle: 11 now, costs 20: asked\n") != std::string::npos);
}

TEST_CASE("commands: of very many channels the first are listed and all are counted, unless every one is asked for") {
  SettlementPreview preview;
  for (int i = 0; i < 1500; ++i) preview.claims.push_back({{}, base::Amount::btt(2), base::Amount::btt(1), i < 1200 ? ClaimReason::worth : ClaimReason::dust});
  const auto told = nlohmann::json::parse(settlement_json(preview));
  CHECK(told["claims"].size() == kListedClaims);
  CHECK(told["left_out"] == 500);
  CHECK(told["reasons"] == nlohmann::json{{"dust", 300}, {"worth", 1200}});
  CHECK(told["claims_bring"] == "2400");
  const auto text = settlement_text(settlement_json(preview));
  CHECK(text.find("and 500 more channels: --all lists them") != std::string::npos);
  CHECK(text.find("claims: 1200 of 1500, bringing 2400 for 1200") != std::string::npos);
  CHECK(nlohmann::json::parse(settlement_json(preview, 1500))["claims"].size() == 1500);
  std::vector<std::string> arguments{"settle", "--dry-run", "--all"};
  CHECK(take_command(arguments)->all);
  arguments = {"settle", "--all"};
  CHECK(take_command(arguments).error().code == "command_line");
}
