#pragma once
// RelayPassage: a passage through a tunnel of the first relay that opens one. Early bytes are kept until then, so that another relay gets them too;
// a relay that is starting again is waited for a little.
// Threads: the loop's.

#include <memory>

#include "client/proxy/passage.hpp"
#include "client/proxy/proxy_house.hpp"
#include "client/relays/relay_choice.hpp"
#include "client/tunnel/tunnel.hpp"

namespace ferry::client {

class RelayPassage final : public Passage, private TunnelListener {
 public:
  /// `house` and `listener` outlive this. `app`: who pays within its budget.
  RelayPassage(ProxyHouse& house, std::string app, Destination to, PassageListener& listener);
  ~RelayPassage() override;

  void start() override;
  std::size_t room() override;
  void send(base::ByteView bytes) override;
  void finish_sending() override;
  void consumed(std::size_t bytes) override;

 private:
  void on_tunnel_opened() override;
  void on_tunnel_data(const wire::Payload& payload) override;
  void on_tunnel_end() override;
  void on_tunnel_room() override;
  void on_tunnel_closed(const base::Result<void>& outcome) override;

  void attempt();
  void open_tunnel();
  void pass_early();
  void go_on_after(const base::Error& error);
  void close(const base::Result<void>& outcome);

  ProxyHouse& house_;
  const std::string app_;
  const Destination to_;
  PassageListener& listener_;
  std::shared_ptr<Budget> budget_;
  std::unique_ptr<RelayChoice> choice_;
  std::shared_ptr<Tunnel> tunnel_;
  Timer pause_;
  std::uint64_t started_ns_ = 0;
  std::uint64_t live_ = 0;           ///< its number in the house's list
  base::Bytes early_;                ///< sent before the tunnel was open
  std::size_t early_passed_ = 0;     ///< of these, to the current tunnel
  bool open_ = false;
  bool finished_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace ferry::client
