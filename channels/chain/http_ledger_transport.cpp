#include "channels/chain/http_ledger_transport.hpp"

#include <curl/curl.h>

#include <mutex>
#include <utility>
#include <vector>

#include "channels/chain/ledger_json.hpp"

namespace ferry::chain {
namespace {

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, FreeHandle>;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::size_t take_answer(char* data, std::size_t, std::size_t size, void* into) {
  auto& answer = *static_cast<std::string*>(into);
  if (answer.size() + size > kMaxLedgerText) return 0;  // ends the transfer with CURLE_WRITE_ERROR
  answer.append(data, size);
  return size;
}

/// No byte of the request has left, in none of curl's attempts (it tries again when a kept connection turns out to be dead).
bool nothing_was_sent(CURL* handle) {
  long sent = 0;
  return curl_easy_getinfo(handle, CURLINFO_REQUEST_SIZE, &sent) == CURLE_OK && sent == 0;
}

}  // namespace

struct HttpLedgerTransport::Connections {
  LedgerUrl url;
  Timeouts timeouts;
  std::unique_ptr<curl_slist, FreeList> headers;
  std::mutex mutex;
  std::vector<Handle> idle;  // under mutex

  Handle take() {
    {
      const std::lock_guard lock{mutex};
      if (!idle.empty()) {
        Handle handle = std::move(idle.back());
        idle.pop_back();
        return handle;
      }
    }
    Handle handle{curl_easy_init()};
    if (handle) configure(handle.get());
    return handle;
  }
  void give_back(Handle handle) {
    constexpr std::size_t kMaxIdle = 4;
    const std::lock_guard lock{mutex};
    if (idle.size() < kMaxIdle) idle.push_back(std::move(handle));
  }
  void configure(CURL* handle) const;
};

void HttpLedgerTransport::Connections::configure(CURL* handle) const {
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_PROXY, "");  // also not the environment's
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_POST, 1L);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeouts.connect.count()));
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(timeouts.total.count()));
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_answer);
  if (!url.pin.empty()) {  // the key itself is named, so nobody needs to vouch for it
    curl_easy_setopt(handle, CURLOPT_PINNEDPUBLICKEY, url.pin.c_str());
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
  }
}

HttpLedgerTransport::HttpLedgerTransport(const LedgerUrl& url, Timeouts timeouts) : connections_(std::make_shared<Connections>()) {
  curl_global_init(CURL_GLOBAL_DEFAULT);  // counts its callers and is safe among threads
  connections_->url = url;
  connections_->timeouts = timeouts;
  connections_->headers.reset(curl_slist_append(nullptr, "Content-Type: application/json"));
  // Without it curl waits a second for a "100 Continue" before it sends a long body.
  connections_->headers.reset(curl_slist_append(connections_->headers.release(), "Expect:"));
}

Outcome<std::string> HttpLedgerTransport::operator()(std::string_view method, std::string body) const {
  using Answer = Outcome<std::string>;
  if (!is_ledger_method(method)) return Answer::failed(base::bug("ledger_method", "no ledger has this method"));
  Handle handle = connections_->take();
  if (!handle) return Answer::failed(base::environment("ledger_unreachable", "no memory for a connection to the ledger"));

  const std::string address = connections_->url.base + "/ledger/v1/" + std::string{method};
  std::string answer;
  curl_easy_setopt(handle.get(), CURLOPT_URL, address.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &answer);
  const CURLcode code = curl_easy_perform(handle.get());
  if (code == CURLE_OK) {
    // The status repeats what the answer says; a proxy's own pages are no JSON and will be told apart by that.
    connections_->give_back(std::move(handle));
    return Answer::ok(std::move(answer));
  }
  const std::string why = connections_->url.base + ": " + curl_easy_strerror(code);
  if (nothing_was_sent(handle.get())) {
    return Answer::failed(base::environment("ledger_unreachable", "the ledger cannot be reached: check its address and pin; " + why));
  }
  return Answer::unknown(base::environment("ledger_no_answer", "the ledger gave no answer: ask it again later; " + why));
}

}  // namespace ferry::chain
