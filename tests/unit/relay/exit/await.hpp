#pragma once
// Runs one coroutine to its end on an io_context, from a test that is not a coroutine itself.

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <optional>

namespace ferry::relay::exit::test {

/// A coroutine that was started; `outcome` is set when it has ended.
template <typename T>
struct Started {
  std::optional<T> outcome;
};

template <typename T>
std::shared_ptr<Started<T>> start(boost::asio::io_context& io, boost::asio::awaitable<T> work) {
  auto started = std::make_shared<Started<T>>();
  boost::asio::co_spawn(io, std::move(work), [started](std::exception_ptr error, T outcome) {
    if (error) std::rethrow_exception(error);
    started->outcome = std::move(outcome);
  });
  return started;
}

/// Other work may stay on `io`.
template <typename T>
T await(boost::asio::io_context& io, boost::asio::awaitable<T> work) {
  const auto started = start(io, std::move(work));
  io.restart();
  while (!started->outcome) io.run_one();
  return std::move(*started->outcome);
}

}  // namespace ferry::relay::exit::test
