#include "relay/shared/journal_writer.hpp"

#include <algorithm>
#include <future>
#include <spdlog/spdlog.h>
#include <utility>

namespace ferry::relay {

JournalWriter::JournalWriter(std::unique_ptr<channels::Journal> journal, Pace pace) : journal_(std::move(journal)), pace_(pace) {
  size_bytes_ = journal_->size_bytes();
  thread_ = std::thread([this] { run(); });
}

JournalWriter::~JournalWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  came_.notify_one();
  thread_.join();
}

void JournalWriter::append(base::Bytes record, Done done) {
  auto entry = std::make_unique<Entry>(Entry{std::move(record), std::move(done)});
  Entry* before = newest_.load(std::memory_order_relaxed);
  do {
    entry->before = before;
  } while (!newest_.compare_exchange_weak(before, entry.get(), std::memory_order_release, std::memory_order_relaxed));
  static_cast<void>(entry.release());  // the writer's from here on, perhaps already gone
  if (before != nullptr) return;       // the writer was already told
  { const std::lock_guard lock(mutex_); }  // it sleeps, or will look at the list once more: it cannot be in between
  came_.notify_one();
}

base::Result<void> JournalWriter::append_and_wait(base::Bytes record) {
  std::promise<base::Result<void>> done;
  auto result = done.get_future();
  append(std::move(record), [&done](const base::Result<void>& outcome) { done.set_value(outcome); });
  return result.get();
}

void JournalWriter::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const auto is_empty = [this] { return newest_.load(std::memory_order_relaxed) == nullptr; };
      came_.wait(lock, [&] { return stopping_ || !is_empty(); });
      if (is_empty()) return;
      gather(lock);
    }
    commit(take_all());
  }
}

JournalWriter::Batch JournalWriter::take_all() {
  Batch batch;
  for (auto* entry = newest_.exchange(nullptr, std::memory_order_acquire); entry != nullptr; entry = entry->before) batch.emplace_back(entry);
  std::ranges::reverse(batch);
  return batch;
}

void JournalWriter::gather(std::unique_lock<std::mutex>& lock) {
  const auto now = std::chrono::steady_clock::now();
  due_ = std::max(due_, now) + pace_.interval;
  came_.wait_until(lock, due_ - pace_.burst * pace_.interval, [this] { return stopping_; });
}

void JournalWriter::commit(const Batch& batch) {
  for (const auto& entry : batch) journal_->append(base::ByteView{entry->record});
  const auto outcome = journal_->commit();
  if (outcome) {
    commits_.fetch_add(1, std::memory_order_relaxed);
    records_.fetch_add(batch.size(), std::memory_order_relaxed);
    size_bytes_.store(journal_->size_bytes(), std::memory_order_relaxed);
  } else {
    if (!failed_.exchange(true, std::memory_order_relaxed)) {
      spdlog::critical("nothing is sold any more: {} ({}); mend the disk and restart the relay", outcome.error().message, outcome.error().code);
    }
  }
  for (const auto& entry : batch) {
    if (entry->done) entry->done(outcome);
  }
}

}  // namespace ferry::relay
