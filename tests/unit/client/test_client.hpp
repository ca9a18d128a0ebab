#pragma once
// TestClient: a Client with a data directory of its own, and jobs that a test starts and waits for.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "client/client.hpp"
#include "tests/unit/client/scratch_dir.hpp"
#include "tests/unit/client/test_relay.hpp"

namespace ferry::client::testing {

/// What came of one fetch.
struct Fetched {
  std::optional<base::Error> error;
  nlohmann::json receipt;
  base::Bytes body;                ///< as on_data brought it
  std::optional<content::Manifest> head;
  std::vector<FetchProgress> progress;
  std::vector<nlohmann::json> quotes;

  std::string code() const { return error ? error->code : std::string{}; }
  base::Amount charged() const { return *base::Amount::parse_btt(receipt["charged"].get<std::string>()); }
};

/// A fetch under way.
class PendingFetch {
 public:
  std::uint64_t id() const { return id_; }
  /// Waits for its end, at most half a minute; then the test fails.
  Fetched wait();
  /// Waits until so many bytes are done.
  void wait_for_bytes(std::uint64_t bytes);

 private:
  friend class TestClient;
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    Fetched fetched;
    bool over = false;
  };
  std::uint64_t id_ = 0;
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

struct Answered {
  std::optional<nlohmann::json> json;
  std::optional<base::Error> error;
};

class TestClient {
 public:
  explicit TestClient(std::vector<TestRelay*> relays, const std::function<void(ClientSettings&)>& change = {}, Replacements replacements = {});
  ~TestClient();

  FetchRequest request(const std::string& url) const;
  PendingFetch start(FetchRequest request, std::function<void(FetchCallbacks&)> change = {});
  Fetched fetch(FetchRequest request) { return start(std::move(request)).wait(); }
  Fetched fetch(const std::string& url) { return fetch(request(url)); }
  Answered run(Client::StartJob start);

  /// Ends the client and makes another one on the same data, as a new process would.
  void restart(Replacements replacements = {});
  /// Ends the client.
  void close() { client_.reset(); }

  Client& client() { return *client_; }
  const std::filesystem::path& data_dir() const { return settings_.data_dir; }
  ClientSettings& settings() { return settings_; }
  /// Events so far, by name.
  std::vector<nlohmann::json> events(const std::string& name) const;
  ScratchDir& scratch() { return scratch_; }

 private:
  struct Log {
    std::mutex mutex;
    std::vector<nlohmann::json> events;
  };
  void make(Replacements replacements);

  ScratchDir scratch_;
  std::shared_ptr<Log> log_ = std::make_shared<Log>();
  ClientSettings settings_;
  std::unique_ptr<Client> client_;
};

}  // namespace ferry::client::testing
