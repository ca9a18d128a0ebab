#include "client/proxy/carried_connection.hpp"

#include <algorithm>
#include <utility>

#include "client/proxy/direct_passage.hpp"
#include "client/proxy/relay_passage.hpp"

namespace ferry::client {

using base::Result;

CarriedConnection::CarriedConnection(ProxyHouse& house, AppSide& app, CarriedOrder order) : app_(app), order_(std::move(order)) {
  PassageListener& here = *this;
  if (order_.direct) {
    passage_ = std::make_unique<DirectPassage>(house, order_.to, here);
  } else {
    passage_ = std::make_unique<RelayPassage>(house, order_.app, order_.to, here);
  }
}

void CarriedConnection::start() {
  passage_->start();
  pass_head();
}

void CarriedConnection::pass_head() {
  const std::size_t count = std::min(order_.head.size(), passage_->room());
  passage_->send(base::bytes_of(order_.head).first(count));
  order_.head.erase(0, count);
}

std::size_t CarriedConnection::on_app_bytes(base::ByteView bytes) {
  if (!order_.head.empty() || (is_request() && order_.body->is_done())) return 0;
  auto mine = bytes.first(std::min(bytes.size(), passage_->room()));
  if (is_request()) {
    const auto count = order_.body->take(mine);
    if (!count) {
      app_.close_now();
      return bytes.size();
    }
    mine = mine.first(*count);
  }
  passage_->send(mine);
  return mine.size();
}

void CarriedConnection::on_app_drained() { passage_->consumed(std::exchange(unsent_, 0)); }

bool CarriedConnection::on_app_ended() {
  if (is_request()) return order_.body->is_done();
  app_ended_ = true;
  passage_->finish_sending();
  if (destination_ended_) end_of_both();
  return true;
}

void CarriedConnection::on_passage_open() {
  open_ = true;
  app_.socket().write(base::bytes_of(order_.granted));
  on_passage_room();
}

void CarriedConnection::on_passage_bytes(base::ByteView bytes) {
  answered_ = true;
  if (is_request() && !answer_.is_through()) {
    app_.socket().write(base::bytes_of(answer_.take(bytes)));
  } else {
    app_.socket().write(bytes);
  }
  if (app_.socket().is_writing()) {
    unsent_ += bytes.size();
  } else {
    passage_->consumed(bytes.size());
  }
}

void CarriedConnection::on_passage_end() {
  destination_ended_ = true;
  if (is_request()) return app_.close_when_sent();
  app_.socket().finish_writing();
  if (app_ended_) end_of_both();
}

/// A relay says when the app's last bytes are where they belong: ending the tunnel before would lose them.
void CarriedConnection::end_of_both() {
  if (order_.direct) app_.close_when_sent();
}

void CarriedConnection::on_passage_room() {
  if (!order_.head.empty()) pass_head();
  if (order_.head.empty()) app_.wants_more();
}

void CarriedConnection::on_passage_closed(const Result<void>& outcome) {
  const bool can_tell = !open_ || (is_request() && !answered_);
  if (!outcome && can_tell) app_.socket().write(base::bytes_of(order_.refused(outcome.error())));
  // A half of a conversation must not look like a whole one.
  if (outcome || can_tell || destination_ended_) return app_.close_when_sent();
  app_.close_now();
}

}  // namespace ferry::client
