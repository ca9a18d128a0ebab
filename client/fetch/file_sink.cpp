#include "client/fetch/file_sink.hpp"

#include <utility>

namespace ferry::client {

using base::Result;

void FileSink::add(std::function<void(PartFile&)> work, Task done) {
  steps_.push_back(Step{std::move(work), std::move(done)});
  run_steps();
}

void FileSink::run_steps() {
  if (working_ || steps_.empty()) return;
  working_ = true;
  auto batch = std::make_shared<std::deque<Step>>(std::exchange(steps_, {}));
  const auto work = [batch, part = part_] {
    for (auto& step : *batch) step.work(*part);
  };
  loop_.work(work, [this, batch, alive = alive_] {
    for (auto& step : *batch) {
      if (*alive) step.done();
    }
    if (!*alive) return;
    working_ = false;
    run_steps();
  });
}

void FileSink::open(std::string url, bool resume, std::function<void(Result<Opened>)> opened) {
  auto outcome = std::make_shared<std::optional<Result<Opened>>>();
  const auto work = [outcome, url = std::move(url), resume](PartFile& part) {
    std::string why_not;
    auto state = part.open(url, resume, why_not);
    *outcome = state ? Result<Opened>(Opened{std::move(*state), std::move(why_not)}) : base::fail(std::move(state).error());
  };
  add(work, [outcome, opened = std::move(opened)] { opened(std::move(**outcome)); });
}

void FileSink::restart(Done done) {
  auto outcome = std::make_shared<Result<void>>();
  add([outcome](PartFile& part) { *outcome = part.restart(); }, [outcome, done = std::move(done)] { done(*outcome); });
}

/// A head that is not noted costs a resume, no more.
void FileSink::note_head(std::string validator, std::optional<std::uint64_t> length) {
  add([validator = std::move(validator), length](PartFile& part) { static_cast<void>(part.note_head(validator, length)); }, [] {});
}

void FileSink::write(base::ChunkIndex index, wire::Payload payload, base::Hash256 hash, base::Amount charge, Done done) {
  auto outcome = std::make_shared<Result<void>>();
  const auto work = [outcome, index, payload = std::move(payload), hash, charge](PartFile& part) {
    *outcome = part.write_chunk(index, payload.bytes, hash, charge);
  };
  add(work, [outcome, done = std::move(done)] { done(*outcome); });
}

void FileSink::complete(std::uint64_t length, std::function<Result<void>(const base::Hash256&)> accept,
                        std::function<void(Result<base::Hash256>)> done) {
  auto outcome = std::make_shared<Result<base::Hash256>>();
  const auto work = [outcome, length, accept = std::move(accept)](PartFile& part) {
    *outcome = part.digest(length);
    if (!*outcome) return;
    auto verdict = accept(**outcome);
    if (!verdict) part.remove();
    if (verdict) verdict = part.complete(length);
    if (!verdict) *outcome = base::fail(verdict.error());
  };
  add(work, [outcome, done = std::move(done)] { done(std::move(*outcome)); });
}

void FileSink::remove() {
  add([](PartFile& part) { part.remove(); }, [] {});
}

void FileSink::close(Task done) {
  add([](PartFile& part) { part.close(); }, std::move(done));
}

}  // namespace ferry::client
