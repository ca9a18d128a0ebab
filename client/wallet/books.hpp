#pragma once
// Books: one PayerBook for each ledger that this client has channels on.
// Threads: the loop's, after load().

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "client/wallet/data_dir.hpp"
#include "client/wallet/payer_book.hpp"

namespace ferry::client {

class Books {
 public:
  /// Replaces what makes records durable; for tests.
  using WrapLog = std::function<std::unique_ptr<RecordLog>(std::unique_ptr<RecordLog>)>;
  using Opened = std::function<void(base::Result<PayerBook*>)>;

  Books(Loop& loop, const DataDir& dir, WrapLog wrap) : loop_(loop), dir_(dir), wrap_(std::move(wrap)) {}
  Books(const Books&) = delete;
  Books& operator=(const Books&) = delete;

  /// Opens every journal of the data directory; before the loop knows this. Errors: those of open_book().
  base::Result<void> load();
  /// The book of a ledger, made if it is new. Lifetime of the book: as this. Calls back later, never from inside.
  void open(const base::Domain& ledger, Opened opened);
  PayerBook* find(const base::Domain& ledger) const;
  std::vector<PayerBook*> all() const;
  /// Nothing is being written.
  bool are_idle() const;

 private:
  using Key = std::pair<std::uint64_t, base::Address>;
  PayerBook* add(const base::Domain& ledger, OpenedBook opened);
  void finish_opening(const base::Domain& ledger, base::Result<OpenedBook> opened);

  Loop& loop_;
  const DataDir& dir_;
  WrapLog wrap_;
  std::map<Key, std::unique_ptr<PayerBook>> books_;
  std::map<Key, std::vector<Opened>> opening_;
};

}  // namespace ferry::client
