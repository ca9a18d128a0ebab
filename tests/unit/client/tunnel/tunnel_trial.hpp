#pragma once
// TunnelTrial: one Tunnel of a TestClient through a TestRelay, and all that it told. The test's thread waits for what happens on the loop.

#include <doctest/doctest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "client/tunnel/tunnel.hpp"
#include "tests/unit/client/fetch/samples.hpp"

namespace ferry::client::testing {

inline constexpr const char* kSite = "site.test:80";

/// Runs `work` on the client's loop and waits for it.
inline void on_loop(TestClient& client, const std::function<void(Core&, KnownRelays&)>& work) {
  const auto ran = client.run([&work](Core& core, KnownRelays& relays, const ResultJobPtr& job) {
    work(core, relays);
    job->succeed(nlohmann::json::object());
  });
  REQUIRE(ran.json);
}

struct TunnelTrialOptions {
  std::string to = kSite;
  std::optional<base::Amount> budget;
  std::optional<base::Amount> max_price;
  std::shared_ptr<DownMemory> memory = std::make_shared<DownMemory>();
  base::Bytes send;
  bool finish = false;    ///< nothing after it
  bool consumes = true;   ///< what comes is where it belongs at once
};

class TunnelTrial {
 public:
  TunnelTrial(TestClient& client, TestRelay& relay, TunnelTrialOptions options = {})
      : client_(client), probe_(std::make_shared<Probe>(std::move(options), shared_)) {
    on_loop(client_, [&](Core& core, KnownRelays& relays) {
      auto& used = relays.get(*RelayReference::parse(relay.reference()));
      used.channel().prepare(base::Amount::btt(100), [weak = std::weak_ptr(probe_), &core, &used](const base::Result<void>& ready) {
        const auto probe = weak.lock();
        if (!probe) return;
        ready ? probe->start(core, used) : probe->on_tunnel_closed(ready);
      });
    });
  }
  ~TunnelTrial() {
    on_loop(client_, [&](Core&, KnownRelays&) {
      if (probe_->tunnel) probe_->tunnel->drop();
      probe_.reset();
    });
  }

  void wait_until_started() {
    wait([](const Told& told) { return told.started; });
  }
  void wait_until_open() {
    wait([](const Told& told) { return told.opened || told.outcome; });
    REQUIRE(told().opened);
  }
  void wait_for_bytes(std::size_t count) {
    wait([count](const Told& told) { return told.got.size() >= count; });
  }
  void wait_for_end() {
    wait([](const Told& told) { return told.ended || told.outcome; });
    REQUIRE(told().ended);
  }
  void wait_for_charge(base::Amount charged) {
    wait([charged](const Told& told) { return told.charged >= charged; });
  }
  /// The code it closed with, "" for none.
  std::string wait_for_close() {
    wait([](const Told& told) { return told.outcome.has_value(); });
    const auto outcome = *told().outcome;
    return outcome ? "" : outcome.error().code;
  }
  void send(base::Bytes bytes, bool finish) {
    on_loop(client_, [&](Core&, KnownRelays&) {
      probe_->options.send.insert(probe_->options.send.end(), bytes.begin(), bytes.end());
      probe_->options.finish = finish;
      probe_->push();
    });
  }
  /// Drops the tunnel, and whoever listened is gone.
  void leave() {
    on_loop(client_, [&](Core&, KnownRelays&) {
      if (probe_->tunnel) probe_->tunnel->drop();
      probe_ = std::make_shared<Probe>(TunnelTrialOptions{}, std::make_shared<Shared>());
    });
  }
  void consume(std::size_t bytes) {
    on_loop(client_, [&](Core&, KnownRelays&) {
      if (probe_->tunnel) probe_->tunnel->consumed(bytes);
    });
  }

  struct Told {
    bool started = false;
    bool opened = false;
    bool ended = false;
    std::optional<base::Result<void>> outcome;
    base::Bytes got;
    base::Amount charged;   ///< by on_charged
    std::uint64_t down = 0, up = 0;
    int meters = 0;
  };
  Told told() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->told;
  }

 private:
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    Told told;
    bool inside = false;  ///< a call of the tunnel
    void tell(const std::function<void(Told&)>& change) {
      const std::lock_guard lock(mutex);
      change(told);
      changed.notify_all();
    }
  };
  struct Probe final : TunnelListener {
    Probe(TunnelTrialOptions given, std::shared_ptr<Shared> to) : options(std::move(given)), shared(std::move(to)) {}

    void start(Core& core, Relay& relay) {
      const auto colon = options.to.rfind(':');
      const Destination to{base::Host::parse(options.to.substr(0, colon)).value(), static_cast<std::uint16_t>(std::stoi(options.to.substr(colon + 1)))};
      TunnelOrder order{to, options.max_price, std::make_shared<Budget>(options.budget), options.memory, {}};
      order.on_charged = [shared = shared](base::Amount charged, std::uint64_t down, std::uint64_t up) {
        shared->tell([&](Told& told) {
          told.charged = *told.charged.plus(charged);
          told.down += down;
          told.up += up;
          ++told.meters;
        });
      };
      TunnelListener& here = *this;
      tunnel = std::make_shared<Tunnel>(core, relay, std::move(order), here);
      call([&] { tunnel->start(); });
      push();
      shared->tell([](Told& told) { told.started = true; });
    }
    void push() {
      while (tunnel && !options.send.empty()) {
        const std::size_t count = std::min(tunnel->room(), options.send.size());
        if (count == 0) return;
        call([&] { tunnel->send(base::ByteView{options.send}.first(count)); });
        options.send.erase(options.send.begin(), options.send.begin() + static_cast<std::ptrdiff_t>(count));
      }
      if (options.finish && tunnel) call([&] { tunnel->finish_sending(); });
    }
    void call(const std::function<void()>& work) {
      shared->inside = true;
      work();
      shared->inside = false;
    }
    void check_outside() const {
      CHECK_FALSE(shared->inside);
      CHECK_FALSE(shared->told.outcome);
    }
    void on_tunnel_opened() override {
      check_outside();
      shared->tell([](Told& told) { told.opened = true; });
      push();
    }
    void on_tunnel_data(const wire::Payload& payload) override {
      check_outside();
      shared->tell([&](Told& told) { told.got.insert(told.got.end(), payload.bytes.begin(), payload.bytes.end()); });
      if (options.consumes) call([&] { tunnel->consumed(payload.bytes.size()); });
    }
    void on_tunnel_end() override {
      check_outside();
      shared->tell([](Told& told) { told.ended = true; });
    }
    void on_tunnel_room() override {
      check_outside();
      push();
    }
    void on_tunnel_closed(const base::Result<void>& outcome) override {
      check_outside();
      tunnel.reset();
      shared->tell([&](Told& told) { told.outcome = outcome; });
    }

    TunnelTrialOptions options;
    std::shared_ptr<Shared> shared;
    std::shared_ptr<Tunnel> tunnel;
  };

  void wait(const std::function<bool(const Told&)>& there) {
    std::unique_lock lock(shared_->mutex);
    if (!shared_->changed.wait_for(lock, std::chrono::seconds(30), [&] { return there(shared_->told); })) {
      throw std::runtime_error("the tunnel does not get there");
    }
  }

  TestClient& client_;
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::shared_ptr<Probe> probe_;  ///< the loop's
};

struct BudgetSums {
  base::Amount spent;
  base::Amount reserved;
};

inline BudgetSums sums_of(TestClient& client) {
  BudgetSums sums;
  on_loop(client, [&](Core& core, KnownRelays&) { sums = {core.budget.spent(), core.budget.reserved()}; });
  return sums;
}

/// Waits until no budget holds anything back: what was metered before an end becomes durable after it. Gives what was spent.
inline base::Amount spent_in_the_end(TestClient& client) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  for (;;) {
    const auto sums = sums_of(client);
    if (sums.reserved.is_zero()) return sums.spent;
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the budget holds back " + sums.reserved.to_btt() + " BTT");
  }
}

/// Of the test tariff: 1 BTT per MiB towards the client, 2 from it, 0.01 per tunnel.
inline base::Amount price_of(std::uint64_t down, std::uint64_t up) {
  return sum(kFee, *sum(times(base::Amount::btt(1), down), times(base::Amount::btt(2), up)).scaled_up(1, kMib));
}

inline bool is_over(const TestRelay& relay, std::size_t index = 0) {
  const auto tunnels = relay.tunnels();
  return tunnels.size() > index && tunnels[index].over;
}

}  // namespace ferry::client::testing
