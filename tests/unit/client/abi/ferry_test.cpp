#include "client/include/ferry/ferry.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/unit/client/fetch/samples.hpp"

namespace ferry::client {

using namespace testing;

namespace {

/// What the C callbacks of one job left.
struct AbiJob {
  std::mutex mutex;
  std::condition_variable changed;
  bool over = false;
  int ends = 0;
  std::uint64_t id = 0;
  std::string json;
  std::int32_t code = FERRY_OK;
  std::string name;
  std::vector<std::uint8_t> body;
  std::int32_t status = 0;
  std::int64_t length = 0;
  std::uint64_t progressed = 0;
  ferry_client* client = nullptr;
  std::int32_t destroy_code = FERRY_OK;

  void end(std::uint64_t which, const char* text, const ferry_error* error) {
    const std::lock_guard lock(mutex);
    ++ends;
    id = which;
    if (text != nullptr) json = text;
    if (error != nullptr) {
      code = error->code;
      name = error->name;
    }
    over = true;
    changed.notify_all();
  }
  nlohmann::json wait() {
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, std::chrono::seconds(30), [this] { return over; }));
    return json.empty() ? nlohmann::json() : nlohmann::json::parse(json);
  }
};

void on_result(void* user, std::uint64_t id, const char* json, const ferry_error* error) { static_cast<AbiJob*>(user)->end(id, json, error); }

ferry_fetch_callbacks callbacks_for(AbiJob& job) {
  ferry_fetch_callbacks callbacks;
  FERRY_INIT(callbacks);
  callbacks.user = &job;
  callbacks.on_head = [](void* user, std::uint64_t, std::int32_t status, const ferry_header* headers, std::size_t count, std::int64_t length) {
    auto& to = *static_cast<AbiJob*>(user);
    CHECK(count == 1);
    CHECK(std::strcmp(headers[0].name, "content-type") == 0);
    to.status = status;
    to.length = length;
  };
  callbacks.on_data = [](void* user, std::uint64_t, std::uint64_t offset, const std::uint8_t* bytes, std::size_t count) -> std::int32_t {
    auto& to = *static_cast<AbiJob*>(user);
    CHECK(offset == to.body.size());
    to.body.insert(to.body.end(), bytes, bytes + count);
    to.destroy_code = ferry_destroy(to.client);
    return 0;
  };
  callbacks.on_progress = [](void* user, std::uint64_t, const ferry_progress* progress) { static_cast<AbiJob*>(user)->progressed = progress->bytes_done; };
  callbacks.on_done = &on_result;
  return callbacks;
}

/// A client through the C interface.
struct Trial {
  TestLedger ledger;
  TestRelay relay{ledger};
  ScratchDir scratch;
  std::string data = (scratch / "data").string();
  std::string reference = relay.reference();
  const char* relays[1] = {reference.c_str()};
  ferry_options options;
  ferry_client* client = nullptr;

  Trial() {
    relay.serve(kUrl, object_of(kMib + 9));
    FERRY_INIT(options);
    options.data_dir = data.c_str();
    options.relays = relays;
    options.relay_count = 1;
    options.use_faucet = 1;
    options.deposit_btt = "100";
  }
  void create() {
    ferry_error error;
    FERRY_INIT(error);
    REQUIRE(ferry_create(&options, &client, &error) == FERRY_OK);
  }
  ~Trial() { CHECK(ferry_destroy(client) == FERRY_OK); }
  ferry_fetch_request request() const {
    ferry_fetch_request request;
    FERRY_INIT(request);
    request.url = kUrl;
    return request;
  }
};

}  // namespace

TEST_CASE("C interface: fetches a body, and a client is not destroyed from its own callback") {
  Trial trial;
  trial.create();
  AbiJob job;
  job.client = trial.client;
  const auto request = trial.request();
  const auto callbacks = callbacks_for(job);
  std::uint64_t id = 0;
  REQUIRE(ferry_fetch(trial.client, &request, &callbacks, &id, nullptr) == FERRY_OK);
  const auto receipt = job.wait();
  CHECK(job.id == id);
  CHECK(job.code == FERRY_OK);
  CHECK(job.body == pattern(kMib + 9));
  CHECK(job.status == 200);
  CHECK(job.length == kMib + 9);
  CHECK(job.progressed == kMib + 9);
  CHECK(job.destroy_code == FERRY_INVALID_ARGUMENT);
  CHECK(receipt["bytes"] == kMib + 9);
}

TEST_CASE("C interface: every job ends once, also when the client is destroyed first") {
  Trial trial;
  trial.relay.set([](Cheats& cheats) { cheats.stall_at_chunk = 1; });
  trial.create();
  AbiJob fetch, show;
  const auto request = trial.request();
  auto callbacks = callbacks_for(fetch);
  callbacks.on_data = nullptr;
  REQUIRE(ferry_fetch(trial.client, &request, &callbacks, nullptr, nullptr) == FERRY_OK);
  REQUIRE(ferry_wallet_show(trial.client, &on_result, &show, nullptr, nullptr) == FERRY_OK);
  CHECK(ferry_destroy(std::exchange(trial.client, nullptr)) == FERRY_OK);
  CHECK(fetch.ends == 1);
  CHECK(fetch.code == FERRY_CANCELLED);
  CHECK(show.ends == 1);
}

TEST_CASE("C interface: wrong arguments are named and start nothing") {
  Trial trial;
  ferry_error error;
  FERRY_INIT(error);
  const auto refused = [&](const std::function<void(ferry_options&)>& change) {
    auto options = trial.options;
    change(options);
    return ferry_create(&options, &trial.client, &error) == FERRY_INVALID_ARGUMENT && trial.client == nullptr;
  };
  CHECK(refused([](ferry_options& o) { o.struct_size = 0; }));
  CHECK(refused([](ferry_options& o) { o.data_dir = nullptr; }));
  CHECK(refused([](ferry_options& o) { o.budget_btt = "1e3"; }));
  CHECK(refused([](ferry_options& o) { o.prepay_chunks = 1000; }));
  static const char* bad_relay[] = {"http://relay"};
  CHECK(refused([](ferry_options& o) { o.relays = bad_relay; }));
  CHECK(std::string(error.message).find("ferry://0xADDRESS@host:port") != std::string::npos);
  static const char* chains[] = {"ledger:https://relay.example", nullptr, "evm:https://node.example/secret?contract=0x12&token=0x34"};
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(refused([i](ferry_options& o) {
      o.chains = &chains[i];
      o.chain_count = 1;
    }));
    CHECK(std::string(error.message).find("chain") != std::string::npos);
    CHECK(std::string(error.message).find("secret") == std::string::npos);
  }
  CHECK(refused([](ferry_options& o) { o.chain_count = 17; }));
  CHECK(ferry_create(nullptr, &trial.client, nullptr) == FERRY_INVALID_ARGUMENT);

  trial.create();
  AbiJob job;
  const auto callbacks = callbacks_for(job);
  const auto refused_request = [&](const std::function<void(ferry_fetch_request&)>& change) {
    auto request = trial.request();
    change(request);
    return ferry_fetch(trial.client, &request, &callbacks, nullptr, &error) == FERRY_INVALID_ARGUMENT;
  };
  CHECK(refused_request([](ferry_fetch_request& r) { r.url = nullptr; }));
  CHECK(refused_request([](ferry_fetch_request& r) { r.url = "gopher://x/"; }));
  CHECK(refused_request([](ferry_fetch_request& r) { r.method = "PUT"; }));
  CHECK(refused_request([](ferry_fetch_request& r) { r.sha256_hex = "abc"; }));
  CHECK(refused_request([](ferry_fetch_request& r) { r.verify = "quorum 2/3"; }));
  CHECK(refused_request([](ferry_fetch_request& r) { r.file_path = ""; }));
  CHECK(refused_request([](ferry_fetch_request& r) { r.budget_btt = "-1"; }));
  CHECK(ferry_wallet_deposit(trial.client, nullptr, "0", &on_result, &job, nullptr, &error) == FERRY_INVALID_ARGUMENT);
  CHECK(ferry_wallet_withdraw(trial.client, "0x12", nullptr, &on_result, &job, nullptr, &error) == FERRY_INVALID_ARGUMENT);
  CHECK(ferry_wallet_show(trial.client, nullptr, nullptr, nullptr, nullptr) == FERRY_INVALID_ARGUMENT);
  CHECK(ferry_cancel(trial.client, 999) == FERRY_OK);
  CHECK(job.ends == 0);
}

TEST_CASE("C interface: a struct of an older version is read as far as it reaches") {
  Trial trial;
  trial.create();
  struct Older {
    std::size_t struct_size;
    const char* url;
  };
  const Older older{sizeof(Older), kUrl};
  ferry_fetch_request request;
  std::memset(&request, 0xff, sizeof(request));
  std::memcpy(&request, &older, sizeof(older));
  AbiJob job;
  job.client = nullptr;
  auto callbacks = callbacks_for(job);
  callbacks.on_data = nullptr;
  REQUIRE(ferry_fetch(trial.client, &request, &callbacks, nullptr, nullptr) == FERRY_OK);
  job.wait();
  CHECK(job.code == FERRY_OK);

  // Options of version 2 end before the chains.
  auto options = trial.options;
  const auto elsewhere = (trial.scratch / "elsewhere").string();
  options.data_dir = elsewhere.c_str();
  options.struct_size = offsetof(ferry_options, chains);
  options.chain_count = 1;
  ferry_client* second = nullptr;
  CHECK(ferry_create(&options, &second, nullptr) == FERRY_OK);
  CHECK(ferry_destroy(second) == FERRY_OK);

  ferry_error error;
  std::memset(&error, 0x7f, sizeof(error));
  error.struct_size = offsetof(ferry_error, message) + 8;
  CHECK(ferry_set_budget(trial.client, "x", &error) == FERRY_INVALID_ARGUMENT);
  CHECK(std::string(error.name) == "invalid_argument");
  CHECK(error.message[8] == 0x7f);
}

TEST_CASE("C interface: the second client on a data directory is refused, another one is not") {
  Trial trial;
  trial.create();
  ferry_client* second = nullptr;
  ferry_error error;
  FERRY_INIT(error);
  CHECK(ferry_create(&trial.options, &second, &error) == FERRY_ENVIRONMENT);
  CHECK(std::string(error.name) == "data_locked");
  const auto elsewhere = (trial.scratch / "elsewhere").string();
  auto options = trial.options;
  options.data_dir = elsewhere.c_str();
  CHECK(ferry_create(&options, &second, nullptr) == FERRY_OK);
  CHECK(ferry_destroy(second) == FERRY_OK);
  CHECK(ferry_destroy(nullptr) == FERRY_OK);
}

TEST_CASE("C interface: versions") {
  CHECK(ferry_abi_version() == FERRY_ABI_VERSION);
  CHECK(std::string(ferry_version()).find('.') != std::string::npos);
}

}  // namespace ferry::client
