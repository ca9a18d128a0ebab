#include <utility>

#include "relay/serve/take_voucher.hpp"

#include <boost/asio/post.hpp>

#include "relay/serve/client_connection.hpp"
#include "relay/serve/worker.hpp"

namespace ferry::relay {

namespace {

void answer(ClientConnection& connection, const base::ChannelId& channel, const base::Result<base::Amount>& taken) {
  if (connection.closed()) return;
  if (taken) return Counters::add(connection.counters().vouchers_accepted);
  Counters::add(connection.counters().vouchers_refused);
  const auto& book = connection.node().book;
  const auto* paying = connection.find_channel(channel);
  const auto known = paying == nullptr ? book.find(channel) : book.find(paying->config.payer, channel);
  // An equal or lower ceiling is what a reordered or repeated message looks like; it costs one comparison and is no offence.
  if (taken.error().code != "voucher_not_above_last") connection.count_bad_voucher();
  if (connection.closed()) return;
  connection.session().send(wire::VoucherRefused{channel, taken.error().code, taken.error().message, known ? known->ceiling : base::Amount{},
                                                 known ? known->charged : base::Amount{}});
  connection.kick();
}

}  // namespace

void take_voucher(std::shared_ptr<ClientConnection> connection, const wire::VoucherMessage& message) {
  const auto channel = message.channel;
  const auto* paying = connection->find_channel(channel);
  if (paying == nullptr) {
    return answer(*connection, channel, base::fail(base::refusal("voucher_unknown_channel", "name the channel with open_channel first")));
  }
  auto& io = connection->worker().io();
  auto& book = connection->node().book;
  book.take_voucher(paying->config.payer, channels::Voucher{channel, message.ceiling, message.signature}, message.confirmed,
                    [&io, channel, connection = std::move(connection)](base::Result<base::Amount> taken) mutable {
                      // From the journal's thread (or this one) back to the connection's worker, which also destroys it.
                      boost::asio::post(io, [channel, connection = std::move(connection), taken = std::move(taken)] {
                        answer(*connection, channel, taken);
                      });
                    });
}

}  // namespace ferry::relay
