#pragma once
// libcurl's handles as owned values, and its one-time start.

#include <curl/curl.h>

#include <memory>

namespace ferry::relay::content {

struct CurlCloser {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct MultiCloser {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

using EasyHandle = std::unique_ptr<CURL, CurlCloser>;
using MultiHandle = std::unique_ptr<CURLM, MultiCloser>;
using TextList = std::unique_ptr<curl_slist, CurlCloser>;

/// Threads: any. The library is never given back, since it holds nothing on this system.
inline bool start_curl() {
    static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    return started;
}

/// False when there is no memory.
inline bool append(TextList& list, const char* text) {
    auto* longer = curl_slist_append(list.get(), text);
    if (longer == nullptr) return false;
    if (list == nullptr) list.reset(longer);
    return true;
}

}  // namespace ferry::relay::content
