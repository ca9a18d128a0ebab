#pragma once
// ResultJob: a job whose end is one JSON object or an error. What it starts holds it and calls succeed() or fail(); after the end, by whatever
// cause, further calls do nothing. Threads: the loop's.

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "client/job.hpp"

namespace ferry::client {

/// `json` is null when `error` is not.
using ResultCallback = std::function<void(const std::string* json, const base::Error* error)>;

class ResultJob final : public Job {
 public:
  ResultJob(std::uint64_t id, ResultCallback done, JobEnded ended) : id_(id), done_(std::move(done)), ended_(std::move(ended)) {}

  void succeed(const nlohmann::json& result);
  void fail(const base::Error& error);
  void cancel(const base::Error& why) override { fail(why); }
  bool is_over() const { return over_; }

 private:
  std::uint64_t id_;
  ResultCallback done_;
  JobEnded ended_;
  bool over_ = false;
};

using ResultJobPtr = std::shared_ptr<ResultJob>;

}  // namespace ferry::client
