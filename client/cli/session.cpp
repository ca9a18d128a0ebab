#include "client/cli/session.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

namespace ferry::cli {

namespace {

sigset_t interrupts() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

constexpr std::array<const char*, 4> kLevelNames{"error", "warning", "info", "debug"};

std::int32_t level_of(const std::string& name) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (name == kLevelNames[i]) return static_cast<std::int32_t>(i);
  }
  return FERRY_LOG_WARNING;
}

/// Events that cost the user money or trust: shown unless --quiet.
bool is_notable(const std::string& event) {
  static const std::set<std::string> kNotable{"wallet_created", "faucet_used",  "deposit_made",   "loss_adopted",
                                              "relay_marked",   "clock_skew",   "fetch_restarted",
                                              "relay_behind",   "transaction_waits", "relays_awaited"};
  return kNotable.contains(event);
}

}  // namespace

void prepare_signals() {
  const auto set = interrupts();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

Job::Job() : wake_fd_(eventfd(0, EFD_CLOEXEC)) {}
Job::~Job() {
  if (wake_fd_ >= 0) close(wake_fd_);
}

void Job::end(const char* json, const ferry_error* error) {
  const std::lock_guard lock(mutex_);
  if (json != nullptr) ending_.json = json;
  if (error != nullptr) ending_.error = *error;
  done_ = true;
  eventfd_write(wake_fd_, 1);
}

void Job::on_result(void* job, std::uint64_t /*id*/, const char* json, const ferry_error* error) { static_cast<Job*>(job)->end(json, error); }

Ending Job::wait(ferry_client* client, std::uint64_t id) {
  const auto set = interrupts();
  const int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  for (;;) {
    std::array<pollfd, 2> watched{pollfd{wake_fd_, POLLIN, 0}, pollfd{signals, POLLIN, 0}};
    poll(watched.data(), watched.size(), -1);
    if ((watched[1].revents & POLLIN) != 0) {
      signalfd_siginfo info{};
      if (read(signals, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
        if (interrupted_) _exit(kExitInterrupted);
        interrupted_ = true;
        ferry_cancel(client, id);
      }
    }
    const std::lock_guard lock(mutex_);
    if (!done_) continue;
    if (signals >= 0) close(signals);
    return ending_;
  }
}

Session::Session(const Settings& settings) : settings_(settings) {
  ferry_options options;
  FERRY_INIT(options);
  std::vector<const char*> relays;
  for (const auto& relay : settings.relays) relays.push_back(relay.c_str());
  options.data_dir = settings.data_dir.c_str();
  options.relays = relays.data();
  options.relay_count = relays.size();
  std::vector<const char*> bootstrap;
  for (const auto& place : settings.bootstrap) bootstrap.push_back(place.c_str());
  options.bootstrap = bootstrap.data();
  options.bootstrap_count = bootstrap.size();
  options.discover = settings.discover || !settings.bootstrap.empty() ? 1 : 0;
  std::vector<const char*> chains;
  for (const auto& chain : settings.chains) chains.push_back(chain.c_str());
  options.chains = chains.data();
  options.chain_count = chains.size();
  options.budget_btt = or_null(settings.budget);
  options.max_price_btt_per_mib = or_null(settings.max_price);
  options.deposit_btt = or_null(settings.deposit);
  options.prepay_chunks = settings.prepay_chunks;
  options.use_faucet = settings.faucet ? 1 : 0;
  options.choose_by_score = settings.choose == "best" ? 1 : 0;
  options.software = "ferry/" FERRY_VERSION;
  options.on_event = &Session::on_event;
  options.on_log = &Session::on_log;
  options.log_level = level_of(settings.log_level);
  options.user = this;
  ferry_error error;
  FERRY_INIT(error);
  if (ferry_create(&options, &client_, &error) != FERRY_OK) {
    client_ = nullptr;
    failure_code_ = report(error, false);
  }
}

Session::~Session() { ferry_destroy(client_); }

void Session::say(std::int32_t level, const std::string& message) const {
  const char* name = kLevelNames.at(static_cast<std::size_t>(level));
  if (settings_.log_format == "json") {
    const nlohmann::json line{{"level", name}, {"message", message}};
    fmt::print(stderr, "{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    fmt::print(stderr, "ferry: {}: {}\n", name, message);
  }
}

void Session::on_log(void* self, std::int32_t level, const char* message) { static_cast<Session*>(self)->say(level, message); }

void Session::on_event(void* self, const char* text) {
  const auto& session = *static_cast<Session*>(self);
  const auto event = nlohmann::json::parse(text, nullptr, false);
  if (event.is_discarded()) return;
  const bool wanted = level_of(session.settings_.log_level) >= FERRY_LOG_INFO;
  if (session.settings_.log_format == "json") {
    if (wanted) fmt::print(stderr, "{}\n", text);
    return;
  }
  if (wanted || (!session.settings_.quiet && is_notable(event.value("event", "")))) {
    const char* over_the_bar = isatty(STDERR_FILENO) == 1 ? "\r\033[K" : "";
    fmt::print(stderr, "{}ferry: {}\n", over_the_bar, event.value("message", text));
  }
}

int report(const ferry_error& error, bool interrupted) {
  if (error.code == FERRY_CANCELLED && interrupted) {
    fmt::print(stderr, "ferry: interrupted\n");
    return kExitInterrupted;
  }
  fmt::print(stderr, "ferry: {} ({})\n", error.message, error.name);
  return error.code == FERRY_INVALID_ARGUMENT ? kExitUsage : kExitFailed;
}

int run_call(const Settings& settings, const StartCall& start, const PrintResult& print) {
  Job job;
  const Session session(settings);
  if (session.client() == nullptr) return session.failure_code();
  std::uint64_t id = 0;
  ferry_error error;
  FERRY_INIT(error);
  if (start(session.client(), &Job::on_result, &job, &id, &error) != FERRY_OK) return report(error, false);
  const auto ending = job.wait(session.client(), id);
  if (ending.error) return report(*ending.error, job.interrupted());
  if (settings.json) {
    fmt::print("{}\n", ending.json);
  } else {
    print(ending.json);
  }
  return kExitDone;
}

}  // namespace ferry::cli
