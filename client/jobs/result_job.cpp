#include "client/jobs/result_job.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "client/json_text.hpp"

namespace ferry::client {

void ResultJob::succeed(const nlohmann::json& result) {
  if (std::exchange(over_, true)) return;
  const auto text = json_text(result);
  done_(&text, nullptr);
  ended_(id_);
}

void ResultJob::fail(const base::Error& error) {
  if (std::exchange(over_, true)) return;
  done_(nullptr, &error);
  ended_(id_);
}

}  // namespace ferry::client
