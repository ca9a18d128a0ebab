#pragma once
// A relay's status with a different number in every place, for metrics, API and pages.

#include "relay/ops/relay_status.hpp"

namespace ferry::relay::test {

struct SampleStatus {
  SampleStatus() {
    facts.software = "ferry-relay/9";
    facts.reference = "ferry://0xabc@host:1";
    facts.ledger = "ledger:https://host:1?pin=<x>&y";
    facts.policy_hash = "00ff";
    facts.policy = "port 80\n";
    facts.tariff = pricing::Tariff::standard();
    facts.started = base::Time::from_seconds(1'700'000'000);
    status.facts = &facts;
    status.now = base::Time::from_seconds(1'700'000'090);
    status.sessions_open = 3;
    status.chunks_hit = 30;
    status.chunks_miss = 10;
    status.payload_bytes = 10'485'760;
    status.vouchers_accepted = 7;
    status.vouchers_refused = 2;
    status.peer_faults = 5;
    status.totals.channels = 4;
    status.totals.charged = base::Amount::parse_btt("1234.500000000000000001").value();
    status.totals.promised = base::Amount::btt(1300);
    status.totals.claimed = base::Amount::btt(1000);
    status.totals.claimable = base::Amount::parse_btt("234.500000000000000001").value();
    status.settlement.unsettled = base::Amount::btt(10);
    status.settlement.last_seen = base::Time::from_seconds(1'700'000'080);
    status.content = &content;
    status.discovery = &discovery;
    content.memory_hits = 21;
  }
  RelayFacts facts;
  ContentCounters content;
  DiscoveryCounters discovery;
  RelayStatus status;
};

}  // namespace ferry::relay::test
