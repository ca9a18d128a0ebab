#include "tests/unit/client/test_relay.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "protocol/discovery/signed_descriptor.hpp"
#include "tests/unit/client/test_connection.hpp"
#include "tests/unit/client/test_relay_state.hpp"

namespace ferry::client::testing {

namespace {

base::Time true_time() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return base::Time{std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

template <typename T>
T need(base::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().code + ": " + result.error().message);
  return std::move(*result);
}

pricing::Tariff cheap_tariff() {
  pricing::Tariff tariff = pricing::Tariff::standard();
  tariff.hit = base::Amount::btt(1);
  tariff.miss = base::Amount::btt(2);
  tariff.tunnel_down = base::Amount::btt(1);
  tariff.tunnel_up = base::Amount::btt(2);
  tariff.per_request = base::Amount::from_units(10'000'000'000'000'000ULL);  // 0.01 BTT
  return tariff;
}

int listen_on(std::uint16_t& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int yes = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  if (::bind(listener, raw, size) != 0 || ::listen(listener, 16) != 0) throw std::runtime_error("no port for a test relay");
  ::getsockname(listener, raw, &size);
  port = ntohs(address.sin_port);
  return listener;
}

}  // namespace

TestLedger::TestLedger(base::Amount grant) {
  chain::LedgerParameters parameters;
  chain::FaucetTerms terms;
  terms.grant = grant;
  terms.difficulty_bits = 4;
  parameters.faucet = terms;
  ledger_ = need(chain::EmbeddedLedger::open(dir_ / "ledger.db", parameters, [this] { return true_time() + base::Duration{offset_ms_.load()}; }));
}

base::Domain TestLedger::domain() { return ledger_->info().value->domain; }

TestRelay::State::State(TestLedger& chain_ledger, const base::SecretKey& identity_key, const base::SecretKey& impostor_key)
    : ledger(chain_ledger),
      identity(identity_key),
      impostor(impostor_key),
      domain(chain_ledger.domain()),
      domain_separator(base::domain_separator(domain)),
      token(chain_ledger.chain().info().value->token),
      tariff(cheap_tariff()),
      book(domain_separator, identity.address(), identity.address(), token, channels::CreditRules{}) {
  const auto certificate = need(wire::make_self_signed("relay.test", true_time().unix_seconds(), 2));
  tls = need(wire::TlsContext::server(certificate.certificate_pem, certificate.private_key_pem));
}

base::Time TestRelay::State::now() const { return true_time() + cheats.clock; }

TestRelay::TestRelay(TestLedger& ledger)
    : identity_(base::SecretKey::generate()), impostor_(base::SecretKey::generate()), state_(std::make_unique<State>(ledger, identity_, impostor_)) {
  state_->listener = listen_on(state_->port);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw std::runtime_error("no pipe");
  state_->wake_read = ends[0];
  state_->wake_write = ends[1];
  thread_ = std::thread([this] { run(); });
}

TestRelay::~TestRelay() {
  command([this] { state_->stopping = true; });
  thread_.join();
  state_->connections.clear();
  for (const int descriptor : {state_->listener, state_->wake_read, state_->wake_write}) {
    if (descriptor >= 0) ::close(descriptor);
  }
}

base::Bytes TestRelay::descriptor(std::uint64_t sequence) const {
  discovery::Descriptor own;
  own.relay = identity_.address();
  own.sequence = sequence;
  own.issued_at = base::Time::from_seconds(true_time().unix_seconds());
  own.endpoints = {{base::Host::parse("127.0.0.1").value(), state_->port}};
  own.family = "test";
  own.versions = {1};
  return discovery::SignedDescriptor::sign(own, identity_).value().bytes();
}

std::string TestRelay::reference() const { return "ferry://" + identity_.address().to_eip55() + "@127.0.0.1:" + std::to_string(state_->port); }

void TestRelay::command(const std::function<void()>& work) {
  const std::lock_guard lock(state_->mutex);
  work();
  if (::write(state_->wake_write, "x", 1) < 0 && errno != EAGAIN) throw std::runtime_error("the test relay cannot be woken");
}

void TestRelay::wait_for(const std::function<bool()>& there) {
  std::unique_lock lock(state_->mutex);
  if (!state_->moved.wait_for(lock, std::chrono::seconds(30), there)) throw std::runtime_error("the relay never saw what was waited for");
}

void TestRelay::serve(const std::string& url, TestObject object) {
  command([&] { state_->objects[url] = std::move(object); });
}

void TestRelay::serve_site(const std::string& to, Site site) {
  command([&] { state_->sites[to] = std::move(site); });
}

void TestRelay::set(const std::function<void(Cheats&)>& change) {
  command([&] { change(state_->cheats); });
}

void TestRelay::set_tariff(const pricing::Tariff& tariff) {
  command([&] { state_->tariff = tariff; });
}

void TestRelay::set_min_deposit(base::Amount amount) {
  command([&] { state_->min_deposit = amount; });
}

void TestRelay::drop_connections() {
  command([&] { state_->connections.clear(); });
}

void TestRelay::set_listening(bool listening) {
  command([&] {
    state_->listening = listening;
  });
}

std::vector<SeenRequest> TestRelay::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->requests;
}

std::vector<SeenRequest> TestRelay::questions() const {
  const std::lock_guard lock(state_->mutex);
  return state_->questions;
}

std::vector<SeenTunnel> TestRelay::tunnels() const {
  const std::lock_guard lock(state_->mutex);
  return {state_->tunnels.begin(), state_->tunnels.end()};
}

std::vector<base::Amount> TestRelay::ceilings() const {
  const std::lock_guard lock(state_->mutex);
  return state_->ceilings;
}

std::uint64_t TestRelay::connections() const {
  const std::lock_guard lock(state_->mutex);
  return state_->connections_seen;
}

std::uint64_t TestRelay::chunks_sent() const {
  const std::lock_guard lock(state_->mutex);
  return state_->chunks_sent;
}

std::vector<channels::RelayChannel> TestRelay::channels() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<channels::RelayChannel> list;
  for (const auto& [id, channel] : state_->book.channels()) list.push_back(channel);
  return list;
}

void TestRelay::run() {
  auto& state = *state_;
  for (;;) {
    std::vector<pollfd> waits;
    {
      const std::lock_guard lock(state.mutex);
      if (state.stopping) return;
      waits.push_back({state.wake_read, POLLIN, 0});
      waits.push_back({state.listener, POLLIN, 0});
      for (const auto& connection : state.connections) waits.push_back({connection->socket(), connection->wants(), 0});
    }
    state.moved.notify_all();
    ::poll(waits.data(), waits.size(), -1);
    const std::lock_guard lock(state.mutex);
    char drained[64];
    while (::read(state.wake_read, drained, sizeof(drained)) > 0) {
    }
    for (std::size_t i = 2; i < waits.size(); ++i) {
      const auto found = std::find_if(state.connections.begin(), state.connections.end(), [&](const auto& c) { return c->socket() == waits[i].fd; });
      if (found != state.connections.end() && waits[i].revents != 0) (*found)->on_ready();
    }
    for (const auto& connection : state.connections) connection->pump();
    std::erase_if(state.connections, [](const auto& connection) { return connection->is_over(); });
    const int accepted = ::accept4(state.listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (accepted >= 0 && !state.listening) {
      ::close(accepted);
    } else if (accepted >= 0) {
      ++state.connections_seen;
      state.connections.push_back(std::make_unique<TestConnection>(state, accepted));
    }
  }
}

base::Bytes pattern(std::size_t size, std::uint32_t seed) {
  base::Bytes bytes(size);
  std::uint32_t value = seed * 2'654'435'761U + 1;
  for (auto& byte : bytes) {
    value = value * 1'664'525U + 1'013'904'223U;
    byte = static_cast<std::uint8_t>(value >> 24U);
  }
  return bytes;
}

}  // namespace ferry::client::testing
