#pragma once
// open_channel: a client names the channel that it will pay from; the relay reads the chain, makes the channel known and answers its state.

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "channels/relay_ledger.hpp"
#include "protocol/wire/messages.hpp"

namespace ferry::relay {

class ClientConnection;

boost::asio::awaitable<void> open_channel(std::shared_ptr<ClientConnection> connection, wire::OpenChannel message);

// What whoever is asked about a channel begins with.
inline constexpr std::chrono::seconds kChainTimeout{15};
inline constexpr std::chrono::seconds kJournalTimeout{30};
base::Error ledger_unreachable(const std::string& why);
/// Refusal "channel_of_another_key": a session speaks for the channels of its key only.
base::Result<channels::ChannelConfig> own_config(ClientConnection& connection, const base::Bytes& packed);
/// The channel as it stands once the chain's facts are durable. Errors: those of RelayLedger::open(); environment "journal_slow".
boost::asio::awaitable<base::Result<channels::RelayChannel>> make_known(ClientConnection& connection, channels::ChannelConfig config,
                                                                        channels::ChainChannel on_chain, base::Amount confirmed);

}  // namespace ferry::relay
