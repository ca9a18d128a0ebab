#include "channels/chain/http_post.hpp"

#include <curl/curl.h>

#include <mutex>
#include <utility>
#include <vector>

namespace ferry::chain {
namespace {

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, FreeHandle>;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct Receiving {
  std::string text;
  std::size_t limit = 0;
  bool too_long = false;
};

std::size_t take_answer(char* data, std::size_t, std::size_t size, void* into) {
  auto& answer = *static_cast<Receiving*>(into);
  if (size > answer.limit - answer.text.size()) {
    answer.too_long = true;
    return 0;  // ends the transfer with CURLE_WRITE_ERROR
  }
  answer.text.append(data, size);
  return size;
}

/// No byte of the request has left, in none of curl's attempts (it tries again when a kept connection turns out to be dead).
bool nothing_was_sent(CURL* handle) {
  long sent = 0;
  return curl_easy_getinfo(handle, CURLINFO_REQUEST_SIZE, &sent) == CURLE_OK && sent == 0;
}

}  // namespace

struct HttpPost::Connections {
  Terms terms;
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

void HttpPost::Connections::configure(CURL* handle) const {
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_PROXY, "");  // also not the environment's
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_POST, 1L);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(terms.connect_timeout.count()));
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(terms.total_timeout.count()));
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_answer);
  if (!terms.pin.empty()) {  // the key itself is named, so nobody needs to vouch for it
    curl_easy_setopt(handle, CURLOPT_PINNEDPUBLICKEY, terms.pin.c_str());
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
  }
}

HttpPost::HttpPost(Terms terms) : connections_(std::make_shared<Connections>()) {
  curl_global_init(CURL_GLOBAL_DEFAULT);  // counts its callers and is safe among threads
  connections_->terms = std::move(terms);
  connections_->headers.reset(curl_slist_append(nullptr, ("Content-Type: " + connections_->terms.content_type).c_str()));
  // Without it curl waits a second for a "100 Continue" before it sends a long body.
  connections_->headers.reset(curl_slist_append(connections_->headers.release(), "Expect:"));
}

tl::expected<HttpPost::Answer, HttpPost::Failure> HttpPost::operator()(const std::string& url, const std::string& body) const {
  Handle handle = connections_->take();
  if (!handle) return tl::unexpected(Failure{true, false, "no memory for a connection"});
  Receiving receiving;
  receiving.limit = connections_->terms.max_answer;
  curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &receiving);
  const CURLcode code = curl_easy_perform(handle.get());
  if (code != CURLE_OK) return tl::unexpected(Failure{nothing_was_sent(handle.get()), receiving.too_long, curl_easy_strerror(code)});
  Answer answer;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  answer.text = std::move(receiving.text);
  connections_->give_back(std::move(handle));
  return answer;
}

}  // namespace ferry::chain
