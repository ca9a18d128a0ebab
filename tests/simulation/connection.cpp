#include "tests/simulation/connection.hpp"

#include <utility>

#include "tests/simulation/sim_client.hpp"

namespace ferry::simulation {

Connection::Connection(SimClient& client, SimRelay& relay)
    : client_(client), relay_(relay), world_(relay.world), client_end_(std::make_unique<ClientEnd>(client, relay, *this)) {}

double Connection::one_way() const { return client_.delay + relay_.delay; }

void Connection::dial() {
  ++world_.tally.sessions;
  auto self = shared_from_this();
  const auto lost = [self](const char* code) { self->client_end_->lost(base::environment(code, "the relay does not answer")); };
  const double answered = world_.events.now() + 2 * one_way() * kDialTrips;
  if (answered < relay_.from || answered >= relay_.until) {
    world_.events.after(kConnectTimeout, [self, lost] { lost("relay_unreachable"); });
    return;
  }
  world_.events.at(answered, [self] { self->open(); });
  if (relay_.until < world_.settings.length_seconds()) {
    world_.events.at(relay_.until + kLossNoticed, [self, lost] { lost("relay_lost"); });
  }
}

void Connection::open() {
  if (over_) return;
  const std::weak_ptr<Connection> weak = weak_from_this();
  relay_end_ = std::make_unique<RelayEnd>(relay_, [weak, this](double seconds, std::function<void()> act) {
    world_.events.after(seconds, [weak, act = std::move(act)] {
      const auto self = weak.lock();
      if (!self || self->over_) return;
      act();
      self->relay_speaks();
    });
  });
  client_end_->open();
}

void Connection::end() {
  if (std::exchange(over_, true)) return;
  if (relay_end_) relay_end_->left();
}

void Connection::client_speaks() {
  while (auto message = client_end_->next_message()) {
    world_.events.after(one_way(), [self = shared_from_this(), head = std::move(message->head)] {
      if (self->over_ || !self->relay_.is_there()) return;
      self->relay_end_->receive(base::ByteView{head});
      self->relay_speaks();
    });
  }
}

void Connection::relay_speaks() {
  if (is_sending_ || over_ || !relay_end_->has_messages()) return;
  is_sending_ = true;
  relay_.line.take_turns([self = shared_from_this()] { return self->next_parcel(); });
}

std::optional<Parcel> Connection::next_parcel() {
  auto message = over_ || !relay_.is_there() ? std::nullopt : relay_end_->next_message();
  if (!message) {
    is_sending_ = false;
    return std::nullopt;
  }
  const auto bytes = message->size();
  auto carried = std::make_shared<wire::OutMessage>(std::move(*message));
  const auto self = shared_from_this();
  return Parcel{bytes, [self, carried, bytes] {
                  self->world_.events.after(self->one_way(), [self, carried, bytes] {
                    self->client_.line.pass({bytes, [self, carried] { self->arrive(*carried); }});
                  });
                }};
}

/// As one message, which is what a session reads.
void Connection::arrive(const wire::OutMessage& message) {
  if (over_) return;
  static base::Bytes whole;
  whole.assign(message.head.begin(), message.head.end());
  whole.insert(whole.end(), message.payload.bytes.begin(), message.payload.bytes.end());
  client_end_->receive(base::ByteView{whole});
}

}  // namespace ferry::simulation
