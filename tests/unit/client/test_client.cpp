#include "tests/unit/client/test_client.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <iostream>
#include <stdexcept>

namespace ferry::client::testing {

namespace {

constexpr std::chrono::seconds kDeadline{30};

}  // namespace

Fetched PendingFetch::wait() {
  std::unique_lock lock(shared_->mutex);
  if (!shared_->changed.wait_for(lock, kDeadline, [this] { return shared_->over; })) throw std::runtime_error("the fetch does not end");
  return shared_->fetched;
}

void PendingFetch::wait_for_bytes(std::uint64_t bytes) {
  std::unique_lock lock(shared_->mutex);
  const auto there = [&] { return shared_->over || (!shared_->fetched.progress.empty() && shared_->fetched.progress.back().bytes_done >= bytes); };
  if (!shared_->changed.wait_for(lock, kDeadline, there)) throw std::runtime_error("the bytes do not come");
}

TestClient::TestClient(std::vector<TestRelay*> relays, const std::function<void(ClientSettings&)>& change, Replacements replacements) {
  settings_.data_dir = scratch_ / "data";
  for (const auto* relay : relays) settings_.relays.push_back(*RelayReference::parse(relay->reference()));
  settings_.use_faucet = true;
  settings_.software = "test-client";
  settings_.deposit = base::Amount::btt(100);
  settings_.patience.first_pause = base::Duration{1};
  settings_.patience.longest_pause = base::Duration{20};
  settings_.log_level = LogLevel::debug;
  settings_.on_event = [log = log_](const std::string& json) {
    const std::lock_guard lock(log->mutex);
    log->events.push_back(nlohmann::json::parse(json));
  };
  if (std::getenv("FERRY_TEST_LOG") != nullptr) {
    settings_.on_log = [](LogLevel, const std::string& message) { std::cerr << message << "\n"; };
  }
  if (change) change(settings_);
  make(std::move(replacements));
}

TestClient::~TestClient() = default;

void TestClient::make(Replacements replacements) {
  auto made = Client::create(settings_, std::move(replacements));
  if (!made) throw std::runtime_error(made.error().code + ": " + made.error().message);
  client_ = std::move(*made);
}

void TestClient::restart(Replacements replacements) {
  client_.reset();
  make(std::move(replacements));
}

FetchRequest TestClient::request(const std::string& url) const {
  FetchRequest request;
  request.url = url;
  request.relays = settings_.relays;
  request.max_price = settings_.max_price;
  REQUIRE(make_canonical(request).has_value());
  return request;
}

PendingFetch TestClient::start(FetchRequest request, std::function<void(FetchCallbacks&)> change) {
  PendingFetch pending;
  const auto shared = pending.shared_;
  FetchCallbacks callbacks;
  callbacks.on_quote = [shared](const std::string& json) {
    const std::lock_guard lock(shared->mutex);
    shared->fetched.quotes.push_back(nlohmann::json::parse(json));
    return true;
  };
  callbacks.on_head = [shared](const content::Manifest& head) {
    const std::lock_guard lock(shared->mutex);
    shared->fetched.head = head;
  };
  callbacks.on_data = [shared](std::uint64_t offset, base::ByteView bytes) {
    const std::lock_guard lock(shared->mutex);
    auto& body = shared->fetched.body;
    body.resize(std::max<std::size_t>(body.size(), offset));
    body.insert(body.end(), bytes.begin(), bytes.end());
    return true;
  };
  callbacks.on_progress = [shared](const FetchProgress& progress) {
    const std::lock_guard lock(shared->mutex);
    shared->fetched.progress.push_back(progress);
    shared->changed.notify_all();
  };
  callbacks.on_done = [shared](const std::string& receipt, const base::Error* error) {
    const std::lock_guard lock(shared->mutex);
    shared->fetched.receipt = nlohmann::json::parse(receipt);
    if (error != nullptr) shared->fetched.error = *error;
    shared->over = true;
    shared->changed.notify_all();
  };
  if (change) change(callbacks);
  pending.id_ = client_->new_id();
  client_->fetch(pending.id_, std::move(request), std::move(callbacks));
  return pending;
}

Answered TestClient::run(Client::StartJob start) {
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    Answered answer;
    bool over = false;
  };
  const auto shared = std::make_shared<Shared>();
  const auto done = [shared](const std::string* json, const base::Error* error) {
    const std::lock_guard lock(shared->mutex);
    if (json != nullptr) shared->answer.json = nlohmann::json::parse(*json);
    if (error != nullptr) shared->answer.error = *error;
    shared->over = true;
    shared->changed.notify_all();
  };
  client_->start(client_->new_id(), done, std::move(start));
  std::unique_lock lock(shared->mutex);
  if (!shared->changed.wait_for(lock, kDeadline, [&] { return shared->over; })) throw std::runtime_error("the job does not end");
  return shared->answer;
}

std::vector<nlohmann::json> TestClient::events(const std::string& name) const {
  const std::lock_guard lock(log_->mutex);
  std::vector<nlohmann::json> found;
  for (const auto& event : log_->events) {
    if (event["event"] == name) found.push_back(event);
  }
  return found;
}

}  // namespace ferry::client::testing
