#pragma once
// CarriedConnection: an app's bytes to a destination and back: after a SOCKS or CONNECT request until both have ended, or for one HTTP request that is
// not fetched: its body only, and then the answer as it is until the origin closes.
// Threads: the loop's.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "client/front/carried_answer.hpp"
#include "client/front/request_body.hpp"
#include "client/proxy/app_exchange.hpp"
#include "client/proxy/passage.hpp"
#include "client/proxy/proxy_house.hpp"

namespace ferry::client {

struct CarriedOrder {
  std::string app;
  Destination to;
  bool direct = false;
  std::string granted;  ///< what the app hears when the passage is open; empty: nothing
  std::function<std::string(const base::Error&)> refused;  ///< what it hears when it does not open
  std::string head;                 ///< of one HTTP request, for the destination
  std::optional<RequestBody> body;  ///< of that request; without one all that comes is carried
};

class CarriedConnection final : public AppExchange, private PassageListener {
 public:
  /// Both outlive this.
  CarriedConnection(ProxyHouse& house, AppSide& app, CarriedOrder order);

  void start() override;
  std::size_t on_app_bytes(base::ByteView bytes) override;
  void on_app_drained() override;
  bool on_app_ended() override;

 private:
  void on_passage_open() override;
  void on_passage_bytes(base::ByteView bytes) override;
  void on_passage_end() override;
  void on_passage_room() override;
  void on_passage_closed(const base::Result<void>& outcome) override;

  bool is_request() const { return order_.body.has_value(); }
  void pass_head();
  void end_of_both();

  AppSide& app_;
  CarriedOrder order_;
  std::unique_ptr<Passage> passage_;
  std::size_t unsent_ = 0;  ///< to the app, by its socket
  CarriedAnswer answer_;    ///< of one HTTP request
  bool open_ = false;
  bool answered_ = false;   ///< bytes have come from the destination
  bool app_ended_ = false;
  bool destination_ended_ = false;
};

}  // namespace ferry::client
