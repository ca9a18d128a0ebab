#pragma once
// DirectPassage: a passage that uses no relay: for destinations that the user excluded and, where that is allowed, for those on this machine and its
// own network. Costs nothing, hides nothing.
// Threads: the loop's.

#include "client/proxy/passage.hpp"
#include "client/proxy/proxy_house.hpp"
#include "client/transport/tcp_stream.hpp"

namespace ferry::client {

class DirectPassage final : public Passage, private TcpStream::Listener {
 public:
  DirectPassage(ProxyHouse& house, Destination to, PassageListener& listener);

  void start() override;
  std::size_t room() override;
  void send(base::ByteView bytes) override;
  void finish_sending() override;
  void consumed(std::size_t bytes) override;

 private:
  void on_connected() override;
  void on_bytes(base::ByteView bytes) override;
  void on_drained() override;
  bool on_peer_ended() override;
  void on_closed(base::Error error) override;

  const Destination to_;
  PassageListener& listener_;
  TcpStream tcp_;
  base::Bytes early_;           ///< sent before it was connected
  std::size_t unconsumed_ = 0;
  bool open_ = false;
  bool paused_ = false;
  bool finished_ = false;
};

}  // namespace ferry::client
