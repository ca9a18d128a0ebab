#include "client/abi/callbacks.hpp"

#include <vector>

#include "client/abi/arguments.hpp"

namespace ferry::client {

namespace {

ferry_error c_error(const base::Error& error) {
  ferry_error filled;
  FERRY_INIT(filled);
  write_error(error, &filled);
  return filled;
}

std::int64_t or_unknown(const std::optional<std::uint64_t>& length) { return length ? static_cast<std::int64_t>(*length) : -1; }

void call_on_head(const ferry_fetch_callbacks& to, std::uint64_t id, const content::Manifest& head) {
  std::vector<ferry_header> headers;
  for (const auto& field : head.headers) headers.push_back({field.name.c_str(), field.value.c_str()});
  to.on_head(to.user, id, head.status, headers.data(), headers.size(), or_unknown(head.length));
}

void call_on_progress(const ferry_fetch_callbacks& to, std::uint64_t id, const FetchProgress& progress) {
  const auto charged = progress.charged.to_btt();
  ferry_progress filled;
  FERRY_INIT(filled);
  filled.bytes_done = progress.bytes_done;
  filled.bytes_total = or_unknown(progress.bytes_total);
  filled.resumed_from = progress.resumed_from;
  filled.charged_btt = charged.c_str();
  to.on_progress(to.user, id, &filled);
}

}  // namespace

FetchCallbacks fetch_callbacks(const ferry_fetch_callbacks& to, std::uint64_t id) {
  FetchCallbacks callbacks;
  if (to.on_quote != nullptr) callbacks.on_quote = [to, id](const std::string& quote) { return to.on_quote(to.user, id, quote.c_str()) == 0; };
  if (to.on_head != nullptr) callbacks.on_head = [to, id](const content::Manifest& head) { call_on_head(to, id, head); };
  if (to.on_data != nullptr) {
    callbacks.on_data = [to, id](std::uint64_t offset, base::ByteView bytes) { return to.on_data(to.user, id, offset, bytes.data(), bytes.size()) == 0; };
  }
  if (to.on_progress != nullptr) callbacks.on_progress = [to, id](const FetchProgress& progress) { call_on_progress(to, id, progress); };
  callbacks.on_done = [to, id](const std::string& receipt, const base::Error* error) {
    const auto filled = error != nullptr ? c_error(*error) : ferry_error{};
    to.on_done(to.user, id, receipt.c_str(), error != nullptr ? &filled : nullptr);
  };
  return callbacks;
}

ResultCallback result_callback(ferry_result_fn on_done, void* user, std::uint64_t id) {
  return [on_done, user, id](const std::string* json, const base::Error* error) {
    const auto filled = error != nullptr ? c_error(*error) : ferry_error{};
    on_done(user, id, json != nullptr ? json->c_str() : nullptr, error != nullptr ? &filled : nullptr);
  };
}

}  // namespace ferry::client
