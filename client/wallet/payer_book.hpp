#pragma once
// PayerBook: the channels of this client on one ledger: a PayerLedger with its journal, in the order of docs/payments.md C1 to C4: a record
// takes effect only when it is durable. Records that come together are made durable together.
// Threads: the loop's, except where it says otherwise.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "channels/payer_ledger.hpp"
#include "client/loop/loop.hpp"
#include "client/wallet/counted_deliveries.hpp"
#include "client/wallet/record_log.hpp"
#include "protocol/base/typed_data.hpp"

namespace ferry::client {

/// What a journal gives when it is opened.
struct OpenedBook {
  channels::PayerLedger ledger;
  CountedDeliveries counted;
  std::unique_ptr<RecordLog> log;
};
/// Opens the journal and replays it; a long one that has rested is made short first. Blocks. Errors: those of Journal and of
/// PayerLedger::replay().
base::Result<OpenedBook> open_book(const std::filesystem::path& journal, const base::Domain& ledger);

class PayerBook {
 public:
  using Done = std::function<void(const base::Result<void>&)>;
  /// Makes a record from the state as it then is.
  using Make = std::function<base::Result<channels::Record>(channels::PayerLedger&)>;

  PayerBook(Loop& loop, const base::Domain& domain, OpenedBook opened);
  PayerBook(const PayerBook&) = delete;
  PayerBook& operator=(const PayerBook&) = delete;

  const base::Domain& domain() const { return domain_; }
  const base::Hash256& domain_separator() const { return domain_separator_; }
  const channels::PayerLedger& ledger() const { return ledger_; }

  /// `done` when the record is durable and has taken effect, or why not. Records keep their order. Errors: the maker's; environment
  /// "journal_io", "journal_failed": then nothing is signed or counted any more until the client is made anew.
  void append(const Make& make, Done done);
  void append(channels::Record record, Done done);
  /// C3: a verified delivery. `charge` is zero for one that was counted before.
  void deliver(const channels::DeliveredRecord& delivery, Done done);
  bool counted(const channels::DeliveredRecord& delivery) const;

  /// append() from another thread that may wait. Threads: any but the loop's.
  base::Result<void> append_and_wait(Make make);

  base::Result<void> resume(const base::ChannelId& channel, const channels::RelayView& view) { return ledger_.resume(channel, view); }
  /// Remembers it at once, and in the journal with the next commit: nobody waits for that, since the reserved ceiling bounds it.
  void signed_up_to(const base::ChannelId& channel, base::Amount ceiling);
  void voucher_refused(const base::ChannelId& channel, base::Amount standing) { ledger_.voucher_refused(channel, standing); }

  /// Nothing is being written.
  bool is_idle() const { return !writing_ && waiting_.empty(); }

 private:
  struct Entry {
    channels::Record record;
    Done done;
  };
  void refuse(base::Error error, Done done);
  void write_waiting();
  void finish(std::vector<Entry> entries, const base::Result<void>& outcome);

  Loop& loop_;
  base::Domain domain_;
  base::Hash256 domain_separator_;
  channels::PayerLedger ledger_;
  CountedDeliveries counted_;
  std::shared_ptr<RecordLog> log_;  // also held by the work that writes
  std::vector<Entry> waiting_;
  bool writing_ = false;
  std::optional<base::Error> failed_;
};

}  // namespace ferry::client
