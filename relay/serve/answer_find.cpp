#include <utility>

#include "relay/serve/answer_find.hpp"

#include "relay/serve/client_connection.hpp"
#include "relay/serve/worker.hpp"
#include "relay/shared/reply.hpp"

namespace ferry::relay {

namespace asio = boost::asio;

void answer_find(ClientConnection& connection, const wire::FindRelays& asked) {
  wire::Relays answer{asked.id, {}};
  if (const auto* directory = connection.node().directory) answer.descriptors = directory->pick(asked.region, asked.limit, Node::now());
  connection.session().send(std::move(answer));
}

asio::awaitable<void> answer_find(std::shared_ptr<ClientConnection> connection, wire::FindHolders asked) {
  /// A search takes a few seconds; a client is not kept longer.
  constexpr std::chrono::seconds kTimeout{8};
  wire::Relays answer{asked.id, {}};
  if (const auto& search = connection->node().search_holders) {
    const Reply<std::vector<base::Bytes>> reply(connection->worker().io());
    search(asked.root, asked.limit, [reply](std::vector<base::Bytes> found) { reply.deliver(std::move(found)); });
    if (auto found = co_await reply.get(kTimeout)) answer.descriptors = std::move(*found);
    if (connection->closed()) co_return;
  }
  connection->session().send(std::move(answer));
  connection->kick();
}

}  // namespace ferry::relay
