#include "client/loop/loop.hpp"

#include <csignal>
#include <string>
#include <system_error>
#include <utility>

namespace ferry::client {

namespace {

struct WorkRequest {
  uv_work_t native{};
  Task work;
  Task done;
};

base::Error loop_error(const std::string& why) {
  return base::environment("loop", "the event loop cannot start (" + why + "): close what is not needed and try again");
}

}  // namespace

void block_signals() {
  sigset_t all;
  sigfillset(&all);
  // Those that the thread itself causes by a defect must still stop the process.
  for (const int fatal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) sigdelset(&all, fatal);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

base::Result<std::unique_ptr<Loop>> Loop::start() {
  std::unique_ptr<Loop> loop(new Loop);
  if (const int error = uv_loop_init(&loop->loop_)) return base::fail(loop_error(uv_strerror(error)));
  if (const int error = uv_async_init(&loop->loop_, &loop->wake_, [](uv_async_t* wake) { static_cast<Loop*>(wake->data)->run_posted(); })) {
    uv_loop_close(&loop->loop_);
    return base::fail(loop_error(uv_strerror(error)));
  }
  loop->wake_.data = loop.get();
  try {
    loop->thread_ = std::thread([raw = loop.get()] { raw->run(); });
  } catch (const std::system_error& error) {
    uv_close(reinterpret_cast<uv_handle_t*>(&loop->wake_), nullptr);
    uv_run(&loop->loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop->loop_);
    return base::fail(loop_error(error.what()));
  }
  return loop;
}

Loop::~Loop() { join(); }

void Loop::join() {
  if (thread_.joinable()) thread_.join();
}

void Loop::run() {
  block_signals();
  uv_run(&loop_, UV_RUN_DEFAULT);
  uv_loop_close(&loop_);
}

bool Loop::post(Task task) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  posted_.push_back(std::move(task));
  uv_async_send(&wake_);
  return true;
}

void Loop::run_posted() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(posted_);
  }
  for (auto& task : tasks) task();
}

void Loop::work(Task work, Task done) {
  auto* request = new WorkRequest{{}, std::move(work), std::move(done)};
  request->native.data = request;
  const auto run = [](uv_work_t* native) { static_cast<WorkRequest*>(native->data)->work(); };
  const auto after = [](uv_work_t* native, int) {
    const std::unique_ptr<WorkRequest> finished(static_cast<WorkRequest*>(native->data));
    finished->work = nullptr;
    finished->done();
  };
  uv_queue_work(&loop_, &request->native, run, after);
}

void Loop::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopping_, true)) return;
  }
  run_posted();
  uv_close(reinterpret_cast<uv_handle_t*>(&wake_), nullptr);
}

}  // namespace ferry::client
