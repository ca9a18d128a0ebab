#pragma once
// A Resolver that answers from a script and counts how often it was asked.

#include <utility>

#include <map>
#include <string>
#include <vector>

#include "relay/exit/resolver.hpp"
#include "tests/unit/relay/exit/addresses.hpp"

namespace ferry::relay::exit::test {

class ScriptedResolver final : public Resolver {
 public:
  /// Answers of later calls for the same name are given one after the other; the last one stays.
  void answer(const std::string& name, const std::vector<std::string>& addresses) { answers_[name].push_back(ips(addresses)); }

  boost::asio::awaitable<base::Result<Addresses>> resolve(std::string name, std::chrono::milliseconds /*timeout*/) override {
    asked.push_back(name);
    const auto found = answers_.find(name);
    if (found == answers_.end()) co_return base::fail(base::environment("exit_name_not_found", "no such name in the script"));
    Addresses addresses = found->second.front();
    if (found->second.size() > 1) found->second.erase(found->second.begin());
    co_return addresses;
  }

  std::vector<std::string> asked;

 private:
  std::map<std::string, std::vector<Addresses>> answers_;
};

}  // namespace ferry::relay::exit::test
