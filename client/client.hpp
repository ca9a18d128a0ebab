#pragma once
// Client: one client of the library: owns the loop and everything on it, and turns calls from any thread into jobs on the loop. The C interface
// is a thin skin over it.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "client/core.hpp"
#include "client/fetch/fetch.hpp"
#include "client/fetch/shared_fetch.hpp"
#include "client/jobs/jobs.hpp"
#include "client/relays/known_relays.hpp"
#include "client/relays/relay_finder.hpp"
#include "client/proxy/proxy.hpp"
#include "client/transport/websocket_link.hpp"

namespace ferry::client {

/// What tests put in the place of the real thing; all may be empty.
struct Replacements {
  Books::WrapLog wrap_log;
  LinkMaker make_link;
  OpenChain open_chain;
};

class Client {
 public:
  using StartJob = std::function<void(Core& core, KnownRelays& relays, const ResultJobPtr& job)>;

  /// Reads the data directory, then starts the loop. Errors: those of DataDir, Keys, Books and Loop.
  static base::Result<std::unique_ptr<Client>> create(ClientSettings settings, Replacements replacements = {});
  /// Ends every job with "cancelled", and waits for the loop. Precondition: not on the loop.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool is_on_loop() const { return loop_->is_current(); }

  // Threads: any; callbacks run on the loop.
  /// The number of a job that is about to be started.
  std::uint64_t new_id() { return ++last_id_; }
  void fetch(std::uint64_t id, FetchRequest request, FetchCallbacks callbacks);
  void start(std::uint64_t id, ResultCallback done, StartJob start);
  void start_proxy(std::uint64_t id, ProxySettings settings, ProxyCallbacks callbacks);
  void cancel(std::uint64_t id);
  void set_budget(std::optional<base::Amount> budget);
  const ClientSettings& settings() const { return settings_; }

 private:
  Client(ClientSettings settings, DataDir data_dir, Keys keys, std::unique_ptr<Loop> loop, Replacements replacements);
  base::Result<void> load();
  JobEnded forget();
  std::shared_ptr<Fetch> start_fetch(std::uint64_t id, FetchRequest request, FetchCallbacks callbacks, JobEnded ended);
  void close();
  void stop_when_idle();

  ClientSettings settings_;
  DataDir data_dir_;
  Keys keys_;
  LinkResources links_;
  std::unique_ptr<Loop> loop_;
  Ledgers ledgers_;
  BlockingPool blocking_;
  Books books_;
  Budget budget_;
  Evidence evidence_;
  RelayMarks marks_;
  RelayScores scores_;
  FoundRelays found_;
  Core core_;
  std::unique_ptr<KnownRelays> relays_;
  std::unique_ptr<RelayFinder> finder_;
  SharedFetches fetches_;
  std::map<std::uint64_t, std::shared_ptr<Job>> jobs_;
  std::atomic<std::uint64_t> last_id_{0};
  std::unique_ptr<Timer> idle_check_;
};

}  // namespace ferry::client
