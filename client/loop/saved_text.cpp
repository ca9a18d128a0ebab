#include "client/loop/saved_text.hpp"

#include <memory>
#include <utility>

#include "client/wallet/private_file.hpp"

namespace ferry::client {

SavedText::SavedText(Loop& loop, std::filesystem::path file, Announcer announcer, std::string what)
    : loop_(loop), file_(std::move(file)), announcer_(announcer), what_(std::move(what)) {}

void SavedText::changed(std::function<std::string()> text) {
  text_ = std::move(text);
  changed_ = true;
  if (!writing_) write();
}

void SavedText::write() {
  writing_ = true;
  changed_ = false;
  auto outcome = std::make_shared<base::Result<void>>();
  loop_.work([outcome, file = file_, text = text_()] { *outcome = write_private_file(file, text); },
             [this, outcome] {
               writing_ = false;
               if (!*outcome) announcer_.log(LogLevel::warning, what_ + " are not kept", outcome->error());
               if (changed_) write();
             });
}

}  // namespace ferry::client
