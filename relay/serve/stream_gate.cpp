#include "relay/serve/stream_gate.hpp"

#include <spdlog/spdlog.h>

#include "relay/serve/worker.hpp"

namespace ferry::relay {

using base::Result;

Result<void> check_selling(const Node& node) {
  if (node.draining) return base::fail(base::refusal("draining", "this relay is shutting down; use another one"));
  if (node.ledger_blind != nullptr && *node.ledger_blind) {
    return base::fail(base::environment("ledger_blind", "this relay has lost sight of its ledger; use another one for now"));
  }
  return {};
}

base::Address payer_of(ClientConnection& connection, const Stream& stream) {
  const auto* channel = connection.find_channel(stream.channel);
  return channel == nullptr ? connection.session().client_key() : channel->config.payer;
}

Result<base::Address> check_can_pay(const ClientConnection& connection, const Stream& stream) {
  if (const auto* channel = connection.find_channel(stream.channel)) return channel->config.payer;
  return base::fail(base::refusal("channel_not_named", "name an open channel with open_channel before a request is paid from it"));
}

void end_stream(ClientConnection& connection, const Stream& stream, const Result<void>& outcome) {
  if (connection.closed()) return;
  if (outcome) {
    connection.session().send(wire::Done{stream.id});
  } else {
    Counters::add(connection.counters().requests_refused);
    if (outcome.error().code.starts_with("exit_")) Counters::add(connection.counters().exit_refusals);
    spdlog::debug("stream refused: {}", outcome.error().code);
    const std::uint32_t retry_after = outcome.error().kind == base::ErrorKind::environment ? 10 : 0;
    connection.session().send(wire::Refused{stream.id, outcome.error(), retry_after});
  }
  connection.kick();
}

}  // namespace ferry::relay
