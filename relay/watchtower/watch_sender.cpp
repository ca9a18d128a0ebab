#include "relay/watchtower/watch_sender.hpp"

#include <spdlog/spdlog.h>

#include <utility>
#include <vector>

#include "relay/watchtower/watch_routes.hpp"

namespace ferry::relay {

using base::Amount;
using base::Result;

namespace {

constexpr std::size_t kMaxAnswer = 64 * 1024;

chain::HttpPost::Terms http_terms() {
  chain::HttpPost::Terms terms;
  terms.max_answer = kMaxAnswer;
  terms.content_type = "application/msgpack";
  return terms;
}

}  // namespace

WatchSender::WatchSender(const LedgerBook& book, chain::ChainBackend& backend, const base::SecretKey& identity, base::Hash256 domain_separator, std::string url)
    : book_(book), backend_(backend), identity_(identity), domain_separator_(domain_separator), url_(std::move(url) + kWatchPath), http_(http_terms()) {}

Result<void> WatchSender::send_changes() {
  auto outcome = send();
  const std::lock_guard lock(mutex_);
  std::string trouble = outcome ? "" : outcome.error().code + ": " + outcome.error().message;
  if (!trouble.empty() && trouble != trouble_) spdlog::warn("{}", trouble);
  trouble_ = std::move(trouble);
  return outcome;
}

std::string WatchSender::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

Result<void> WatchSender::send() {
  const auto fee = backend_.expected_fee(chain::Claim{std::vector<channels::ClaimRow>(1), {}});
  if (!fee.is_ok()) return base::fail(*fee.error);
  std::vector<WatchRow> rows;
  std::vector<std::pair<base::ChannelId, Amount>> sums;
  const auto flush = [&]() -> Result<void> {
    if (rows.empty()) return {};
    const auto packed = pack_watch_rows(rows);
    FERRY_CHECK(post(std::string(packed.begin(), packed.end())));
    for (const auto& [channel, sum] : sums) sent_[channel] = sum;
    rows.clear();
    sums.clear();
    return {};
  };
  std::vector<std::pair<base::ChannelId, channels::ClaimRow>> changed;
  book_.each_channel([&](const base::ChannelId& id, const channels::RelayChannel& channel) {
    auto row = channel.claim_row();
    if (!row) return;
    const auto sent = sent_.find(id);
    const Amount news = row->total_claimed.minus_floored(sent == sent_.end() ? Amount{} : sent->second);
    if (!news.is_zero() && news >= *fee.value) changed.emplace_back(id, std::move(*row));
  });
  for (auto& [id, row] : changed) {
    sums.emplace_back(id, row.total_claimed);
    rows.push_back(sign_watch_row(domain_separator_, std::move(row), identity_));
    if (rows.size() == kMaxRowsAtOnce) FERRY_CHECK(flush());
  }
  return flush();
}

Result<void> WatchSender::post(const std::string& body) const {
  const auto answer = http_(url_, body);
  if (!answer) return base::fail(base::environment("watchtower_unreachable", "the watchtower does not answer: " + answer.error().why));
  if (answer->status == 204) return {};
  return base::fail(base::refusal("watchtower_refused", "the watchtower answers with HTTP status " + std::to_string(answer->status) + ": " + base::printable(answer->text, 300)));
}

}  // namespace ferry::relay
