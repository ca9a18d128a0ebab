#pragma once
// RecordLog: where a PayerBook makes its records durable. The real one is a channels::Journal; tests put one in that fails.

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "channels/journal.hpp"
#include "protocol/base/result.hpp"

namespace ferry::client {

class RecordLog {
 public:
  virtual ~RecordLog() = default;
  /// Returns when all are durable. After an error nothing more is accepted. Threads: one at a time; blocks.
  virtual base::Result<void> write(const std::vector<base::Bytes>& records) = 0;
};

class JournalLog final : public RecordLog {
 public:
  explicit JournalLog(std::unique_ptr<channels::Journal> journal) : journal_(std::move(journal)) {}
  base::Result<void> write(const std::vector<base::Bytes>& records) override {
    for (const auto& record : records) journal_->append(base::ByteView{record});
    return journal_->commit();
  }

 private:
  std::unique_ptr<channels::Journal> journal_;
};

}  // namespace ferry::client
