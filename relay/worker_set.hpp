#pragma once
// WorkerSet: the relay's workers with their threads: started together, drained together, ended together. Used by main().

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "relay/serve/worker.hpp"

namespace ferry::relay {

class WorkerSet {
 public:
  WorkerSet() = default;
  /// Stops.
  ~WorkerSet() { stop(); }
  WorkerSet(const WorkerSet&) = delete;
  WorkerSet& operator=(const WorkerSet&) = delete;

  /// Makes `count` workers that listen on `endpoint`; connections wait until start(). `make_content` gives an error through its result.
  using MakeContent = std::function<base::Result<WorkerContent>(boost::asio::io_context& io)>;
  base::Result<void> make(std::size_t count, const Node& node, AddressLimits& limits, const Endpoint& endpoint, const MakeContent& make_content);
  void start();

  /// No new connections and streams; running ones go on.
  void drain();
  /// Nobody is being served any more.
  bool is_idle() const;
  /// Ends every connection and joins the threads.
  void stop();

  std::vector<const Counters*> counters() const;

 private:
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
};

}  // namespace ferry::relay
