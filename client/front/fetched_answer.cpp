#include "client/front/fetched_answer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "client/front/http_status.hpp"

namespace ferry::client {

namespace {

std::string status_line(std::uint16_t status) {
  return "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason_phrase(status)) + "\r\n";
}

std::string field(std::string_view name, std::string_view value) {
  std::string out{name};
  return out.append(": ").append(value).append("\r\n");
}

/// What an HTTP/1.1 app takes for granted is not written.
std::string connection_field(const HttpRequestHead& request, bool keeps_alive) {
  if (!keeps_alive) return field("Connection", "close");
  return request.minor_version == 0 ? field("Connection", "keep-alive") : std::string();
}

/// The last look before the app's reader: a field that would be read as two is worse than none.
bool passes(const content::HeaderField& origin, bool is_part) {
  if (!is_token(origin.name) || !is_field_value(origin.value)) return false;
  const auto name = lower_case(origin.name);
  if (content::is_hop_by_hop(name) || name.starts_with("proxy-") || name.starts_with("ferry-")) return false;
  return name != "content-length" && !(is_part && name == "content-range");
}

BodyFraming framing_of(const HttpRequestHead& request, const FetchedResponse& response) {
  if (request.method == "HEAD" || response.status < 200 || response.status == 204 || response.status == 304) return BodyFraming::none;
  if (request.takes_trailers()) return BodyFraming::chunked;
  if (response.length) return BodyFraming::counted;
  return request.minor_version == 0 ? BodyFraming::until_close : BodyFraming::chunked;
}

std::string content_range(const BytePart& part, std::uint64_t length) {
  return "bytes " + std::to_string(part.first) + "-" + std::to_string(part.last) + "/" + std::to_string(length);
}

/// What HEAD and 304 say of the body that they leave out is the origin's word too; 204 has none to speak of.
bool tells_length(const FetchedResponse& response, BodyFraming framing) {
  if (framing == BodyFraming::counted) return true;
  return framing == BodyFraming::none && response.length && response.status >= 200 && response.status != 204 && response.status != 304;
}

}  // namespace

AnswerHead fetched_head(const HttpRequestHead& request, const FetchedResponse& response) {
  AnswerHead answer;
  const bool is_part = response.part && response.length && response.status == 200;
  answer.framing = framing_of(request, response);
  answer.keeps_alive = request.keeps_alive() && answer.framing != BodyFraming::until_close;
  answer.has_trailer = answer.framing == BodyFraming::chunked && request.takes_trailers();

  answer.text = status_line(is_part ? 206 : response.status);
  for (const auto& origin : response.headers) {
    if (passes(origin, is_part)) answer.text += field(origin.name, origin.value);
  }
  if (is_part) answer.text += field("Content-Range", content_range(*response.part, *response.length));
  if (tells_length(response, answer.framing)) {
    answer.text += field("Content-Length", std::to_string(is_part ? response.part->size() : *response.length));
  }
  if (answer.framing == BodyFraming::chunked) answer.text += field("Transfer-Encoding", "chunked");
  if (answer.has_trailer) answer.text += field("Trailer", "Ferry-Charged");
  answer.text += field("Via", "1.1 ferry") + field("Ferry-Verification", content::to_string(response.verification));
  answer.text += connection_field(request, answer.keeps_alive) + "\r\n";
  return answer;
}

std::string range_refusal(const HttpRequestHead& request, std::uint64_t length) {
  return status_line(416) + field("Content-Range", "bytes */" + std::to_string(length)) + field("Content-Length", "0") +
         field("Via", "1.1 ferry") + connection_field(request, request.keeps_alive()) + "\r\n";
}

std::string connect_established() { return "HTTP/1.1 200 Connection established\r\n\r\n"; }

std::string chunk_start(std::size_t size) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
  return std::string(digits.data(), end) + "\r\n";
}

std::string last_chunk(std::optional<base::Amount> charged) {
  return "0\r\n" + (charged ? field("Ferry-Charged", charged->to_btt()) : std::string()) + "\r\n";
}

}  // namespace ferry::client
