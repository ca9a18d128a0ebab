#include "relay/exit/answer_cache.hpp"

namespace ferry::relay::exit {

std::optional<AnswerCache::Outcome> AnswerCache::find(const std::string& name, TimePoint now) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return std::nullopt;
  const auto entry = found->second;
  if (entry->until <= now) {
    erase(entry);
    return std::nullopt;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->outcome;
}

void AnswerCache::put(const std::string& name, Outcome outcome, TimePoint until) {
  if (max_entries_ == 0) return;
  if (const auto found = by_name_.find(name); found != by_name_.end()) erase(found->second);
  if (entries_.size() == max_entries_) erase(std::prev(entries_.end()));
  entries_.push_front(Entry{name, std::move(outcome), until});
  by_name_.emplace(name, entries_.begin());
}

void AnswerCache::erase(Entries::iterator entry) {
  by_name_.erase(entry->name);
  entries_.erase(entry);
}

}  // namespace ferry::relay::exit
