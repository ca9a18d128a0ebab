#pragma once
// Connection: the virtual way between one client and one relay: messages as they would be written into a WebSocket, over the relay's line, the delay
// between the two and the client's line. What goes to the relay is small and takes the delay only. A relay that vanishes says nothing.

#include <memory>

#include "tests/simulation/client_end.hpp"
#include "tests/simulation/relay_end.hpp"

namespace ferry::simulation {

class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(SimClient& client, SimRelay& relay);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void dial();
  ClientEnd& client_end() { return *client_end_; }
  bool is_over() const { return over_; }
  /// Nothing passes any more.
  void end();
  /// The client has something to say.
  void client_speaks();
  double one_way() const;

 private:
  void open();
  void relay_speaks();
  std::optional<Parcel> next_parcel();
  void arrive(const wire::OutMessage& message);

  SimClient& client_;
  SimRelay& relay_;
  World& world_;
  std::unique_ptr<RelayEnd> relay_end_;
  std::unique_ptr<ClientEnd> client_end_;
  bool over_ = false;
  bool is_sending_ = false;  ///< the relay's line knows that there is something
};

}  // namespace ferry::simulation
