#pragma once
// FileSink: writes a body into its PartFile without blocking the loop: what comes while the disk is busy is written together afterwards, in
// order. Threads: the loop's.

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "client/fetch/part_file.hpp"
#include "client/loop/loop.hpp"
#include "protocol/wire/messages.hpp"

namespace ferry::client {

class FileSink {
 public:
  using Done = std::function<void(const base::Result<void>&)>;

  struct Opened {
    PartialState state;
    std::string why_not;  ///< why an earlier part was not used; empty otherwise
  };

  FileSink(Loop& loop, std::filesystem::path file) : loop_(loop), part_(std::make_shared<PartFile>(std::move(file))) {}
  ~FileSink() { *alive_ = false; }
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;

  void open(std::string url, bool resume, std::function<void(base::Result<Opened>)> opened);
  void restart(Done done);
  void note_head(std::string validator, std::optional<std::uint64_t> length);
  /// The payload's owner is kept until it is written.
  void write(base::ChunkIndex index, wire::Payload payload, base::Hash256 hash, base::Amount charge, Done done);
  /// Gives the SHA-256; looks at it with `accept`, and gives the file its name only when that agrees. When it does not, both files are removed.
  void complete(std::uint64_t length, std::function<base::Result<void>(const base::Hash256&)> accept, std::function<void(base::Result<base::Hash256>)> done);
  /// Removes what was begun.
  void remove();
  /// `done` when all is written and another fetch may open the files.
  void close(Task done);

 private:
  /// Both may use the part; `work` on the pool, `done` on the loop.
  struct Step {
    std::function<void(PartFile&)> work;
    Task done;
  };
  void add(std::function<void(PartFile&)> work, Task done);
  void run_steps();

  Loop& loop_;
  std::shared_ptr<PartFile> part_;  // also held by what runs on the pool
  std::deque<Step> steps_;
  bool working_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace ferry::client
