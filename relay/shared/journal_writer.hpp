#pragma once
// JournalWriter: group commit. Any thread appends a record; one writer thread puts all that came together into one write and one fdatasync,
// then tells each appender. Records keep the order in which append() was called. Appenders do not wait for each other: a record is pushed onto a
// list without a lock, and only who finds the list empty wakes the writer. A relay with little to do commits at once; a busy one gathers for a
// moment first, so that the disk does not take the time that serving needs.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "channels/journal.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::relay {

class JournalWriter {
 public:
  /// Called on the writer's thread after the record is durable, or cannot be made so. Must be quick and must not throw: post and return.
  using Done = std::function<void(const base::Result<void>&)>;

  /// So many commits may follow each other at once; beyond that there is one in each interval.
  struct Pace {
    std::uint32_t burst = 8;
    std::chrono::microseconds interval{2000};
  };

  explicit JournalWriter(std::unique_ptr<channels::Journal> journal) : JournalWriter(std::move(journal), Pace{}) {}
  JournalWriter(std::unique_ptr<channels::Journal> journal, Pace pace);
  /// Commits what was appended, then stops.
  ~JournalWriter();
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  /// Threads: any. Of two calls the one that returned before the other began comes first.
  void append(base::Bytes record, Done done);
  /// Appends and waits. For start, shutdown and settlement, never on a worker. Threads: any but the writer's.
  base::Result<void> append_and_wait(base::Bytes record);

  /// A commit failed: nothing can be made durable until the process restarts. Threads: any.
  bool failed() const { return failed_.load(std::memory_order_relaxed); }
  std::uint64_t commits() const { return commits_.load(std::memory_order_relaxed); }
  std::uint64_t records() const { return records_.load(std::memory_order_relaxed); }
  std::uint64_t size_bytes() const { return size_bytes_.load(std::memory_order_relaxed); }

 private:
  struct Entry {
    base::Bytes record;
    Done done;
    Entry* before = nullptr;  ///< the record that was appended before this one, while both wait
  };
  using Batch = std::vector<std::unique_ptr<Entry>>;  ///< in the order of append()
  void run();
  void gather(std::unique_lock<std::mutex>& lock);
  Batch take_all();
  void commit(const Batch& batch);

  std::unique_ptr<channels::Journal> journal_;
  const Pace pace_;
  std::chrono::steady_clock::time_point due_{};  ///< of the next commit, were they evenly spread
  std::atomic<Entry*> newest_{nullptr};  ///< of those that wait; owns them all. Only the writer takes away, and always everything
  std::mutex mutex_;                     ///< of stopping_, and for sleeping and waking
  std::condition_variable came_;
  bool stopping_ = false;
  std::atomic<bool> failed_{false};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> records_{0};
  std::atomic<std::uint64_t> size_bytes_{0};
  std::thread thread_;
};

}  // namespace ferry::relay
