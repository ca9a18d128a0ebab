#include "client/usage/usage_file.hpp"

#include <memory>
#include <system_error>
#include <utility>

#include "client/wallet/private_file.hpp"

namespace ferry::client {

UsageFile::UsageFile(Loop& loop, std::filesystem::path file, Announcer announcer, UsageBook& book)
    : loop_(loop), file_(std::move(file)), announcer_(announcer), book_(book) {}

void UsageFile::load() {
  const auto text = read_small_file(file_, UsageBook::kMaxTextBytes);
  if (text && !*text) return;
  const auto book = text ? UsageBook::parse(**text) : base::fail(text.error());
  if (book) {
    book_ = *book;
    return;
  }
  auto aside = file_;
  aside += ".broken";
  std::error_code error;
  std::filesystem::rename(file_, aside, error);
  const std::string place = error ? file_.string() + " cannot be read and stays" : "put aside as " + aside.string();
  announcer_.log(LogLevel::warning, "what was spent today is not known, limits start anew; " + place, book.error());
}

void UsageFile::changed() {
  changed_ = true;
  if (!pause_) pause_.emplace(loop_);
  if (!saving_ && !pause_->is_running()) pause_->start(kPause, [this] { save(); });
}

void UsageFile::save() {
  changed_ = false;
  saving_ = true;
  auto outcome = std::make_shared<base::Result<void>>();
  loop_.work([outcome, file = file_, text = book_.text()] { *outcome = write_private_file(file, text); },
             [this, outcome] {
               saving_ = false;
               saved(*outcome);
             });
}

void UsageFile::saved(const base::Result<void>& outcome) {
  if (!outcome && !std::exchange(failing_, true)) announcer_.log(LogLevel::warning, "what was spent today is not kept", outcome.error());
  if (outcome) failing_ = false;
  if (when_stopped_) {
    if (changed_) return save();
    return std::exchange(when_stopped_, nullptr)();
  }
  if (changed_) changed();
}

void UsageFile::stop(Task done) {
  pause_.reset();
  when_stopped_ = std::move(done);
  if (saving_) return;
  if (changed_) return save();
  std::exchange(when_stopped_, nullptr)();
}

}  // namespace ferry::client
