#pragma once
// Session: one ferry_client for the life of a command, and Job: one call on it that the command waits for, interruptible by Ctrl-C. Written
// against ferry.h alone.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "client/cli/settings.hpp"
#include "client/include/ferry/ferry.h"

namespace ferry::cli {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitInterrupted = 130;

/// Blocks SIGINT and SIGTERM for this and all later threads; Job::wait takes them. Ignores SIGPIPE. Call first in main().
void prepare_signals();

/// What a job ended with.
struct Ending {
  std::string json;                  ///< empty when the call gave none
  std::optional<ferry_error> error;
};

class Job {
 public:
  Job();
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  /// For C callbacks, on the loop thread.
  void end(const char* json, const ferry_error* error);
  static void on_result(void* job, std::uint64_t id, const char* json, const ferry_error* error);

  /// Waits for the end. The first Ctrl-C cancels the job and goes on waiting for its end; a second one exits at once.
  Ending wait(ferry_client* client, std::uint64_t id);
  bool interrupted() const { return interrupted_; }

 private:
  std::mutex mutex_;
  bool done_ = false;
  Ending ending_;
  int wake_fd_ = -1;
  bool interrupted_ = false;
};

class Session {
 public:
  /// Starts the client. On failure client() is null and the reason has been printed.
  explicit Session(const Settings& settings);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  ferry_client* client() const { return client_; }
  /// Why there is no client: the exit code that fits.
  int failure_code() const { return failure_code_; }

 private:
  static void on_event(void* self, const char* json);
  static void on_log(void* self, std::int32_t level, const char* message);
  void say(std::int32_t level, const std::string& message) const;

  const Settings& settings_;
  ferry_client* client_ = nullptr;
  int failure_code_ = kExitFailed;
};

/// An empty text as the C interface wants it.
inline const char* or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

/// "ferry: message" on standard error, and the exit code for it: 1, 2 for a wrong argument, 130 for an interrupted job.
int report(const ferry_error& error, bool interrupted);

/// Runs one call with a JSON result and prints it: as it is with --json, else by `print`.
using StartCall = std::function<std::int32_t(ferry_client*, ferry_result_fn, void*, std::uint64_t*, ferry_error*)>;
using PrintResult = std::function<void(const std::string& json)>;
int run_call(const Settings& settings, const StartCall& start, const PrintResult& print);

}  // namespace ferry::cli
