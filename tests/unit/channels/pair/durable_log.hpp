#pragma once
// DurableLog: a journal in memory, with the moment between append and commit made visible: a crash in between keeps any beginning of what
// waited.

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "channels/records.hpp"

namespace ferry::channels::test {

class DurableLog {
 public:
  void append(const Record& record, std::function<void()> when_durable) {
    waiting_.push_back(Waiting{pack(record), std::move(when_durable)});
  }

  /// All that waits becomes durable; then whoever waits is told, in order.
  void commit() {
    auto batch = std::exchange(waiting_, {});
    for (const Waiting& entry : batch) records_.push_back(entry.record);
    for (const Waiting& entry : batch) entry.when_durable();
  }

  /// The first `kept` of what waited reached the disk, but nobody was told.
  void crash(std::size_t kept) {
    for (std::size_t i = 0; i < kept && i < waiting_.size(); ++i) records_.push_back(waiting_[i].record);
    waiting_.clear();
  }

  std::size_t waiting() const { return waiting_.size(); }
  const std::vector<base::Bytes>& records() const { return records_; }
  void rewrite(std::vector<base::Bytes> records) { records_ = std::move(records); }

 private:
  struct Waiting {
    base::Bytes record;
    std::function<void()> when_durable;
  };
  std::vector<Waiting> waiting_;
  std::vector<base::Bytes> records_;
};

}  // namespace ferry::channels::test
