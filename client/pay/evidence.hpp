#pragma once
// Evidence: what a client keeps to show what a relay offered, what was promised to it, and what it did: accepted quotes with their signatures,
// the last voucher of each channel, and faults, as lines of JSON in the data directory, bounded. Losing it loses no money, so it is written
// without waiting; nothing secret is in it.
// Threads: the loop's.

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "channels/channel_config.hpp"
#include "client/announcer.hpp"
#include "client/loop/loop.hpp"
#include "client/verify/evidence_record.hpp"
#include "pricing/quote.hpp"
#include "protocol/base/typed_data.hpp"
#include "protocol/wire/messages.hpp"

namespace ferry::client {

class Evidence {
 public:
  /// A file that grows beyond this becomes "….old" in place of the one before.
  static constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{1} << 20U;
  /// The oldest go when there are more.
  static constexpr std::size_t kMaxRecords = 256;

  /// `loop` has ended before this goes.
  Evidence(Loop& loop, std::filesystem::path directory, Announcer announcer, Clock clock);
  Evidence(const Evidence&) = delete;
  Evidence& operator=(const Evidence&) = delete;

  /// Learns the prices of recent quotes of earlier runs. Before the loop knows this.
  void load();

  void keep_quote(const base::Domain& ledger, const pricing::Quote& quote, const wire::QuoteMessage& message);
  /// Remembered until flush(), which writes the last of each channel.
  void keep_voucher(const base::Domain& ledger, const channels::Voucher& voucher);
  void keep_fault(const std::string& relay, const base::Error& fault, nlohmann::json details);
  /// What relays signed, as a file of its own in records/.
  void keep_record(const EvidenceRecord& record);
  void flush();

  /// The dearest price per MiB and fee under which this relay was ever asked for this request lately: what a delivery that it repeats may have
  /// cost. Zero when nothing is known.
  wire::PriceLimit dearest(const base::Address& relay, const base::RequestHash& request) const;

 private:
  void learn(const pricing::Quote& quote);
  void append(const char* file, const nlohmann::json& line);
  void write();
  nlohmann::json stamped() const;

  Loop& loop_;
  std::filesystem::path directory_;
  Announcer announcer_;
  Clock clock_;
  std::map<std::pair<base::Address, base::RequestHash>, wire::PriceLimit> prices_;
  std::map<base::ChannelId, std::pair<base::Domain, channels::Voucher>> vouchers_;
  std::map<std::string, std::vector<std::string>> waiting_;  ///< lines of each file, not yet being written
  bool writing_ = false;
};

}  // namespace ferry::client
