#include "client/front/http_status.hpp"

#include <algorithm>
#include <array>

namespace ferry::client {

namespace {

struct Row {
  std::string_view prefix;  ///< of the error's code
  std::uint16_t status;
};

/// The first row that fits counts, so the longer of two prefixes stands first.
constexpr std::array kRows{
    // The app's request.
    Row{"http_request_line_too_long", 414}, Row{"url_too_long", 414}, Row{"http_head_too_large", 431}, Row{"http_too_many_fields", 431},
    Row{"http_version", 505}, Row{"http_transfer_encoding", 501}, Row{"http_status", 502}, Row{"http_", 400}, Row{"url_", 400},
    Row{"host_", 400}, Row{"destination_", 400}, Row{"request_", 400}, Row{"method_not_allowed", 405}, Row{"proxy_password", 407},
    // Money.
    Row{"budget_reached", 402}, Row{"no_funds", 402}, Row{"price_too_high", 402}, Row{"quote_declined", 402},
    Row{"channel_exhausted", 402}, Row{"insufficient_funds", 402}, Row{"no_wallet", 402},
    // What took too long.
    Row{"tunnel_timeout", 504}, Row{"relay_silent", 504}, Row{"relay_stalled", 504}, Row{"origin_timeout", 504},
    Row{"exit_resolver_timeout", 504}, Row{"handshake_timeout", 504}, Row{"payment_timeout", 504}, Row{"ledger_timeout", 504},
    Row{"idle_timeout", 504},
    Row{"local_destination", 403},
    // The relay's exit: a name that is not found is no policy.
    Row{"exit_name", 502}, Row{"exit_resolver", 502}, Row{"exit_interfaces", 502}, Row{"exit_", 403},
    // No relay to be had.
    Row{"no_relay", 503}, Row{"relay_unreachable", 503}, Row{"relay_busy", 503}, Row{"relay_leaving", 503}, Row{"relay_marked", 503},
    Row{"draining", 503}, Row{"client_closing", 503}, Row{"too_many_", 503},
};

struct Phrase {
  std::uint16_t status;
  std::string_view text;
};

constexpr std::array kPhrases{
    Phrase{200, "OK"}, Phrase{201, "Created"}, Phrase{202, "Accepted"}, Phrase{203, "Non-Authoritative Information"},
    Phrase{204, "No Content"}, Phrase{205, "Reset Content"}, Phrase{206, "Partial Content"}, Phrase{300, "Multiple Choices"},
    Phrase{301, "Moved Permanently"}, Phrase{302, "Found"}, Phrase{303, "See Other"}, Phrase{304, "Not Modified"},
    Phrase{307, "Temporary Redirect"}, Phrase{308, "Permanent Redirect"}, Phrase{400, "Bad Request"}, Phrase{401, "Unauthorized"},
    Phrase{402, "Payment Required"}, Phrase{403, "Forbidden"}, Phrase{404, "Not Found"}, Phrase{405, "Method Not Allowed"},
    Phrase{406, "Not Acceptable"}, Phrase{407, "Proxy Authentication Required"}, Phrase{408, "Request Timeout"}, Phrase{409, "Conflict"},
    Phrase{410, "Gone"}, Phrase{411, "Length Required"}, Phrase{412, "Precondition Failed"}, Phrase{413, "Content Too Large"},
    Phrase{414, "URI Too Long"}, Phrase{415, "Unsupported Media Type"}, Phrase{416, "Range Not Satisfiable"},
    Phrase{417, "Expectation Failed"}, Phrase{421, "Misdirected Request"}, Phrase{422, "Unprocessable Content"},
    Phrase{426, "Upgrade Required"}, Phrase{428, "Precondition Required"}, Phrase{429, "Too Many Requests"},
    Phrase{431, "Request Header Fields Too Large"}, Phrase{451, "Unavailable For Legal Reasons"}, Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"}, Phrase{502, "Bad Gateway"}, Phrase{503, "Service Unavailable"}, Phrase{504, "Gateway Timeout"},
    Phrase{505, "HTTP Version Not Supported"},
};

}  // namespace

std::uint16_t http_status_of(const base::Error& error) {
  const auto row = std::find_if(kRows.begin(), kRows.end(), [&error](const Row& r) { return error.code.starts_with(r.prefix); });
  if (row != kRows.end()) return row->status;
  return error.kind == base::ErrorKind::bug ? 500 : 502;
}

std::string_view reason_phrase(std::uint16_t status) {
  const auto phrase = std::find_if(kPhrases.begin(), kPhrases.end(), [status](const Phrase& p) { return p.status == status; });
  return phrase == kPhrases.end() ? std::string_view{} : phrase->text;
}

}  // namespace ferry::client
