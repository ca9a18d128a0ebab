#pragma once
// How a ledger or a node may be reached: with TLS, or on this machine.

#include "protocol/base/result.hpp"
#include "protocol/base/url.hpp"

namespace ferry::chain {

/// http only to this machine (127.0.0.0/8, ::1, localhost), unless `insecure` was asked for. Refusals: "ledger_url_insecure",
/// "ledger_url_option" (insecure, and there is nothing that it would allow).
base::Result<void> check_carrier(const base::Url& url, bool insecure);

}  // namespace ferry::chain
