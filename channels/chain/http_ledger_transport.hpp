#pragma once
// HttpLedgerTransport: the LedgerTransport of a relay that uses another relay's ledger: POST <base>/ledger/v1/<method>.

#include <chrono>
#include <string>
#include <string_view>

#include "channels/chain/http_post.hpp"
#include "channels/chain/ledger_transport.hpp"
#include "channels/chain/ledger_url.hpp"

namespace ferry::chain {

/// Outcomes: failed with environment "ledger_unreachable" when no connection was made or the server is not who it should be, so nothing
/// was sent; unknown with environment "ledger_no_answer" when the request may have arrived; failed with bug "ledger_method" for a name that
/// is none. Threads: any; connections are kept and shared.
class HttpLedgerTransport {
 public:
  struct Timeouts {
    std::chrono::milliseconds connect{5'000};
    std::chrono::milliseconds total{20'000};
  };

  /// Precondition: url.kind is remote.
  explicit HttpLedgerTransport(const LedgerUrl& url) : HttpLedgerTransport(url, Timeouts{}) {}
  HttpLedgerTransport(const LedgerUrl& url, Timeouts timeouts);

  Outcome<std::string> operator()(std::string_view method, std::string body) const;

 private:
  std::string base_;
  HttpPost post_;
};

}  // namespace ferry::chain
