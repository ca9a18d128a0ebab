#pragma once
// ClientEnd: a client's side of one connection: the real ClientSession and PayerLedger, and what Relay, ChannelSetup and VoucherSigner of the client
// do with them: the channel, its deposits, when and how high a voucher is signed. Without a loop, so that it runs under a virtual clock.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "channels/channel_config.hpp"
#include "protocol/wire/client_session.hpp"
#include "tests/simulation/world.hpp"

namespace ferry::simulation {

class Connection;
class Download;
class SimClient;
class SimRelay;

class ClientEnd {
 public:
  using Ready = std::function<void(const base::Error* why_not)>;

  ClientEnd(SimClient& client, SimRelay& relay, Connection& connection);

  /// The way is open: the session begins.
  void open();
  void receive(base::ByteView message);
  std::optional<wire::OutMessage> next_message() { return session_ ? session_->next_message() : std::nullopt; }
  /// The connection is over: it was noticed, or ended by who found a lie.
  void lost(const base::Error& why);

  /// Once the relay has shown who it is and taken the channel, which is opened for it if need be. Never from inside.
  void when_ready(Ready ready);

  // For downloads.
  base::Result<void> add(wire::Request request, const std::shared_ptr<Download>& download);
  void remove(base::StreamId stream, bool cancel);
  wire::ClientSession& session() { return *session_; }
  const base::ChannelId& channel() const { return channel_; }
  /// C3: what a verified delivery adds to what is owed.
  base::Amount deliver(channels::DeliveredRecord delivery);
  bool has_promised(base::Amount ceiling) const;
  void sign_more();
  /// What was queued since goes out.
  void speak();

 private:
  struct Wants {
    base::Amount window, reserved, chunk_price;
  };

  void on(const wire::RelayWelcomed& event);
  void on(const wire::ChannelState& event);
  void on(const wire::NeedVoucher& event);
  void on(const wire::VoucherRefused& event);
  void on(wire::QuoteMessage& event) { pass_on(event); }
  void on(wire::ManifestMessage& event) { pass_on(event); }
  void on(wire::Hashes& event) { pass_on(event); }
  void on(wire::ChunkMessage& event) { pass_on(event); }
  void on(wire::Done& event) { pass_on(event); }
  void on(wire::Refused& event) { pass_on(event); }
  template <typename Other>
  void on(const Other&) {}  // nothing of the kind is asked for here
  template <typename Message>
  void pass_on(Message& message);

  void take_channel();
  void deposit(base::Amount amount, int round_trips);
  void tell_waiting(const base::Error* why_not);
  Wants wants() const;

  SimClient& client_;
  SimRelay& relay_;
  World& world_;
  Connection& connection_;
  channels::ChannelConfig config_;
  base::ChannelId channel_;
  std::unique_ptr<wire::ClientSession> session_;
  std::vector<Ready> waiting_;
  std::map<base::StreamId, std::shared_ptr<Download>> downloads_;
  std::optional<wire::NeedVoucher> need_;
  bool ready_ = false, over_ = false, depositing_ = false, named_ = false;
};

}  // namespace ferry::simulation
