#include <utility>

#include "relay/worker_set.hpp"

#include <algorithm>

namespace ferry::relay {

base::Result<void> WorkerSet::make(std::size_t count, const Node& node, AddressLimits& limits, const Endpoint& endpoint,
                                   const MakeContent& make_content) {
  for (std::size_t i = 0; i < count; ++i) {
    base::Result<void> made;
    auto worker = std::make_unique<Worker>(node, limits, [&](boost::asio::io_context& io) {
      auto content = make_content(io);
      if (content) return std::move(*content);
      made = base::fail(std::move(content).error());
      return WorkerContent{};
    });
    FERRY_CHECK(made);
    FERRY_CHECK(worker->listen(endpoint));
    workers_.push_back(std::move(worker));
  }
  return {};
}

void WorkerSet::start() {
  for (auto& worker : workers_) threads_.emplace_back([&worker = *worker] { worker.run(); });
}

void WorkerSet::drain() {
  for (auto& worker : workers_) worker->drain();
}

bool WorkerSet::is_idle() const {
  return std::ranges::all_of(workers_, [](const auto& worker) { return worker->counters().sessions_open == 0; });
}

void WorkerSet::stop() {
  for (auto& worker : workers_) worker->stop();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

std::vector<const Counters*> WorkerSet::counters() const {
  std::vector<const Counters*> all;
  for (const auto& worker : workers_) all.push_back(&worker->counters());
  return all;
}

}  // namespace ferry::relay
