#pragma once
// SavedText: a small private file that is written anew on the pool whenever what it holds has changed; one write at a time, the newest text last.
// For what is a convenience: a write that fails is logged and forgotten.
// Threads: the loop's.

#include <filesystem>
#include <functional>
#include <string>

#include "client/announcer.hpp"
#include "client/loop/loop.hpp"

namespace ferry::client {

class SavedText {
 public:
  /// `what` is named in the log, in the plural. Lifetime: as long as `loop` runs.
  SavedText(Loop& loop, std::filesystem::path file, Announcer announcer, std::string what);
  SavedText(const SavedText&) = delete;
  SavedText& operator=(const SavedText&) = delete;

  const std::filesystem::path& file() const { return file_; }
  /// `text` is asked for when it is about to be written.
  void changed(std::function<std::string()> text);

 private:
  void write();

  Loop& loop_;
  std::filesystem::path file_;
  Announcer announcer_;
  std::string what_;
  std::function<std::string()> text_;
  bool writing_ = false;
  bool changed_ = false;
};

}  // namespace ferry::client
