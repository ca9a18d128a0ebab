// What libcurl is told about one transfer: nothing inherited from the environment, nothing followed, nothing
// decoded.

#include "relay/content/origin_transfer.hpp"

namespace ferry::relay::content {

namespace {

/// What one read takes from the socket: fewer and larger reads than libcurl's 16 KiB.
constexpr long kReadBytes = 128 * 1024;

/// False as soon as one option was refused: an option that silently does not hold could be the one that
/// protects.
class Options {
  public:
    explicit Options(CURL* easy) : easy_(easy) {}
    template <typename Value>
    Options& set(CURLoption option, Value value) {
        ok_ = ok_ && curl_easy_setopt(easy_, option, value) == CURLE_OK;
        return *this;
    }
    bool ok() const { return ok_; }

  private:
    CURL* easy_;
    bool ok_ = true;
};

}  // namespace

bool OriginTransfer::set_options(const SourceRequest& request) {
    const auto& settings = shared_.settings;
    Options options(easy_.get());
    options.set(CURLOPT_URL, url_.c_str())
        .set(CURLOPT_PATH_AS_IS, 1L)
        .set(CURLOPT_PROTOCOLS_STR, "http,https")
        .set(CURLOPT_NOBODY, request.method == "HEAD" ? 1L : 0L)
        .set(CURLOPT_NOSIGNAL, 1L)
        .set(CURLOPT_BUFFERSIZE, kReadBytes);
    // Nobody else's way out: no proxy, whatever the environment says; no redirect; no alternative service.
    options.set(CURLOPT_PROXY, "")
        .set(CURLOPT_NOPROXY, "*")
        .set(CURLOPT_FOLLOWLOCATION, 0L)
        .set(CURLOPT_HTTP09_ALLOWED, 0L);
    // The body as it is on the wire, but for the framing.
    options.set(CURLOPT_ACCEPT_ENCODING, nullptr).set(CURLOPT_HTTP_CONTENT_DECODING, 0L);
    options.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS))
        .set(CURLOPT_SSL_VERIFYPEER, 1L)
        .set(CURLOPT_SSL_VERIFYHOST, 2L)
        .set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!settings.ca_file.empty())
        options.set(CURLOPT_CAINFO, settings.ca_file.c_str()).set(CURLOPT_CAPATH, nullptr);
    options.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.limits.connect_timeout.count()));
    options.set(CURLOPT_HEADERFUNCTION, &OriginTransfer::on_header)
        .set(CURLOPT_HEADERDATA, this)
        .set(CURLOPT_WRITEFUNCTION, &OriginTransfer::on_body)
        .set(CURLOPT_WRITEDATA, this)
        .set(CURLOPT_OPENSOCKETFUNCTION, &OriginTransfer::on_open_socket)
        .set(CURLOPT_OPENSOCKETDATA, this)
        .set(CURLOPT_PREREQFUNCTION, &OriginTransfer::on_connected)
        .set(CURLOPT_PREREQDATA, this);
    return options.ok() && set_fields(request) && pin_addresses(request.url);
}

bool OriginTransfer::set_fields(const SourceRequest& request) {
    for (const auto& [name, value] : request.fields) {
        // A field without a value is written with a semicolon, else libcurl leaves it out.
        const auto line = value.empty() ? name + ";" : name + ": " + value;
        if (!append(fields_, line.c_str())) return false;
    }
    return Options(easy_.get()).set(CURLOPT_HTTPHEADER, fields_.get()).ok();
}

bool OriginTransfer::pin_addresses(const base::Url& url) {
    if (url.host.is_address()) return true;
    // "+": the entry may age out of libcurl's cache, which would grow without end otherwise.
    std::string pin = "+" + url.host.to_string() + ":" + std::to_string(url.port) + ":";
    for (std::size_t i = 0; i < addresses_.size(); ++i) {
        const auto text = addresses_[i].to_string();
        pin += (i == 0 ? "" : ",") + (addresses_[i].is_v6 ? "[" + text + "]" : text);
    }
    return append(pins_, pin.c_str()) && Options(easy_.get()).set(CURLOPT_RESOLVE, pins_.get()).ok();
}

}  // namespace ferry::relay::content
