#pragma once
// What is answered on the admin address, without sockets: a request as values in, a response as values out. AdminServer carries them.

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channels/chain/embedded_ledger.hpp"
#include "protocol/base/result.hpp"
#include "relay/ops/relay_status.hpp"

namespace ferry::relay {

struct AdminRequest {
  std::string method;         ///< "GET"
  std::string target;         ///< path and query as sent
  std::string host;           ///< the Host field
  std::string authorization;  ///< the Authorization field
  std::string body;
};

struct AdminResponse {
  unsigned status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

/// What the routes need of the relay. The functions may block and may be called from several threads at once.
struct AdminSources {
  std::function<RelayStatus()> status;
  std::function<std::vector<std::pair<base::ChannelId, channels::RelayChannel>>()> channels;
  std::function<base::Result<void>()> claim;
  std::function<base::Result<SettlementPreview>()> preview;
  /// The embedded ledger's API (docs/ledger.md); empty when the relay uses another's.
  std::function<AdminResponse(const std::string& method, const std::string& body)> ledger;
  std::string token;               ///< what /api wants as "Authorization: Bearer …"
  std::vector<std::string> hosts;  ///< names in the Host field, besides localhost and numeric addresses
};

/// AdminSources::ledger for an embedded ledger. Lifetime: within the ledger's.
std::function<AdminResponse(const std::string& method, const std::string& body)> ledger_route(chain::EmbeddedLedger& ledger);

/// Blocks while the sources do. Threads: any.
AdminResponse answer_admin(const AdminSources& sources, const AdminRequest& request);

/// May `host` (a Host field, port included) stand in a request? A name that is not ours means that a page in the operator's browser was
/// made to talk to this relay (DNS rebinding); numeric addresses cannot be made to point elsewhere.
bool is_allowed_host(std::string_view host, const std::vector<std::string>& names);

}  // namespace ferry::relay
