// Any text as a URL, as a reference and as a host: what is accepted must have one canonical text that reads back as the same value.

#include "protocol/base/url.hpp"
#include "tests/fuzz/require.hpp"

using namespace ferry::base;
using ferry::fuzz::require;

namespace {

void check_host(const Host& host) {
  const auto again = Host::parse(host.to_string());
  require(again.has_value() && *again == host, "a host's text reads back as that host");
}

void check_url(const Url& url) {
  const std::string text = url.to_string();
  require(text.size() <= Url::kMaxLength, "a URL keeps to its length");
  require(url.path_and_query.starts_with('/'), "a path starts with a slash");
  require(url.port != 0, "a URL has a port");
  require(url.path_and_query.find('#') == std::string::npos, "no fragment is kept");
  for (const char c : text) require(c > 0x20 && c < 0x7f, "a URL is printable ASCII");
  const auto again = Url::parse(text);
  require(again.has_value() && *again == url, "a URL's text reads back as that URL");
  check_host(url.host);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(ByteView{data, size});
  static const Url base = Url::parse("https://example.com:8443/a/b?c").value();
  if (const auto url = Url::parse(text)) {
    check_url(*url);
    const auto resolved = base.resolve(text);
    require(resolved.has_value() && *resolved == *url, "an absolute reference is that URL");
  }
  if (const auto resolved = base.resolve(text)) check_url(*resolved);
  if (const auto host = Host::parse(text)) check_host(*host);
  if (const auto cidr = Cidr::parse(text)) {
    require(Cidr::parse(cidr->to_string()).value() == *cidr, "a prefix's text reads back as that prefix");
    require(cidr->contains(cidr->network), "a prefix contains its network");
  }
  return 0;
}
