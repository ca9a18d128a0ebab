#include "relay/ops/logging.hpp"

#include <fmt/chrono.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace ferry::relay {

namespace {

/// {"time":"2024-01-31T12:00:00.123Z","level":"info","message":"…"}
class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(message.time);
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(message.time - seconds).count();
    std::string line = fmt::format(R"({{"time":"{:%Y-%m-%dT%H:%M:%S}.{:03}Z","level":"{}","message":)",
                                   fmt::gmtime(spdlog::log_clock::to_time_t(seconds)), milliseconds,
                                   fmt::string_view(spdlog::level::to_string_view(message.level).data(),
                                                    spdlog::level::to_string_view(message.level).size()));
    line += json_string(std::string_view(message.payload.data(), message.payload.size())) + "}\n";
    out.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

}  // namespace

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void start_logging(const LogSettings& settings) {
  const bool as_json = settings.format == LogSettings::Format::json;
  auto logger = as_json ? std::make_shared<spdlog::logger>("ferry-relay", std::make_shared<spdlog::sinks::stderr_sink_mt>())
                        : std::make_shared<spdlog::logger>("ferry-relay", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  if (as_json) logger->set_formatter(std::make_unique<JsonFormatter>());
  else logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(settings.level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace ferry::relay
