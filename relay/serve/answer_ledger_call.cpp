#include <utility>

#include "relay/serve/answer_ledger_call.hpp"

#include "relay/serve/client_connection.hpp"
#include "relay/serve/worker.hpp"

namespace ferry::relay {

namespace asio = boost::asio;

asio::awaitable<void> answer_ledger_call(std::shared_ptr<ClientConnection> connection, wire::LedgerCall call) {
  constexpr std::chrono::seconds kTimeout{20};
  const Node& node = connection->node();
  Counters::add(connection->counters().ledger_calls);
  std::function<std::string()> work = [&node, method = std::move(call.method), body = std::move(call.body)] {
    return node.ledger_api(method, body);
  };
  auto answer = co_await run_blocking(connection->worker().io(), node.pool, std::move(work), kTimeout);
  if (connection->closed()) co_return;
  static const std::string kTimedOut =
      R"({"error":{"kind":"environment","code":"ledger_timeout","message":"the ledger did not answer in time; the call may still take effect"}})";
  connection->session().send(wire::LedgerReply{call.id, answer ? std::move(*answer) : kTimedOut});
  connection->kick();
}

}  // namespace ferry::relay
