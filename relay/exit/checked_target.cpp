#include "relay/exit/checked_target.hpp"

namespace ferry::relay::exit {

namespace asio = boost::asio;

namespace {

/// All or nothing. When all are refused, the first one's rule says why.
base::Result<void> check_all(const ExitPolicy& policy, const base::Host& host, const Addresses& addresses, std::uint16_t port) {
  if (addresses.empty()) return base::fail(base::environment("exit_name_not_found", "the name has no address"));
  bool some_pass = false;
  base::Result<void> first_refusal;
  for (const base::IpAddress& address : addresses) {
    auto verdict = policy.check_address(address, port);
    some_pass = some_pass || verdict;
    if (!verdict && first_refusal) first_refusal = std::move(verdict);
  }
  if (first_refusal || !some_pass) return first_refusal;
  return base::fail(base::refusal("exit_mixed_addresses", "'" + base::printable(host.to_string(), 80) +
                                                              "' has allowed and refused addresses, so none is contacted: " +
                                                              first_refusal.error().message + " (" + first_refusal.error().code + ")"));
}

asio::awaitable<base::Result<Addresses>> checked_addresses(const ExitPolicy& policy, Resolver& resolver, base::Host host, std::uint16_t port,
                                                           std::chrono::milliseconds timeout) {
  Addresses addresses;
  if (const auto* literal = std::get_if<base::IpAddress>(&host.value)) {
    addresses.push_back(*literal);
  } else {
    auto resolving = resolver.resolve(std::get<std::string>(host.value), timeout);
    auto resolved = co_await std::move(resolving);
    if (!resolved) co_return base::fail(std::move(resolved).error());
    addresses = std::move(*resolved);
  }
  if (auto verdict = check_all(policy, host, addresses, port); !verdict) co_return base::fail(std::move(verdict).error());
  co_return addresses;
}

}  // namespace

asio::awaitable<base::Result<CheckedTarget>> check_target(const ExitPolicy& policy, Resolver& resolver, base::Url url,
                                                          std::chrono::milliseconds timeout) {
  if (auto verdict = policy.check_url(url); !verdict) co_return base::fail(std::move(verdict).error());
  auto checking = checked_addresses(policy, resolver, url.host, url.port, timeout);
  auto addresses = co_await std::move(checking);
  if (!addresses) co_return base::fail(std::move(addresses).error());
  CheckedTarget target{std::move(url), std::move(*addresses)};
  co_return target;
}

asio::awaitable<base::Result<CheckedHost>> check_target(const ExitPolicy& policy, Resolver& resolver, base::Host host, std::uint16_t port,
                                                        std::chrono::milliseconds timeout) {
  if (auto verdict = policy.check_host(host, port); !verdict) co_return base::fail(std::move(verdict).error());
  auto checking = checked_addresses(policy, resolver, host, port, timeout);
  auto addresses = co_await std::move(checking);
  if (!addresses) co_return base::fail(std::move(addresses).error());
  CheckedHost target{std::move(host), port, std::move(*addresses)};
  co_return target;
}

}  // namespace ferry::relay::exit
