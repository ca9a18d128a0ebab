#include "relay/content/response_head.hpp"

#include "protocol/content/geometry.hpp"
#include "relay/content/field_text.hpp"

#include <algorithm>
#include <string>

namespace ferry::relay::content {

using base::fail;
using base::peer_fault;
using base::Result;

namespace {

base::Error malformed(const char* what) {
    return peer_fault("origin_headers", std::string("the origin sent ") + what + "; its answer is not used");
}

bool is_field_value(std::string_view value) {
    return std::all_of(value.begin(), value.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte >= 0x20 && byte != 0x7f) || c == '\t';
    });
}

/// The fields that Connection names belong to the connection as well.
std::vector<std::string> connection_fields(const ferry::content::Headers& headers) {
    std::vector<std::string> names;
    for (const auto& [name, value] : headers) {
        if (name != "connection") continue;
        std::string_view rest = value;
        std::string_view element;
        while (next_element(rest, element))
            names.push_back(lower_case(element));
    }
    return names;
}

bool has_no_body(std::uint16_t status) {
    return status == 204 || status == 304;
}

}  // namespace

Result<void> HeadReader::line(std::string_view line) {
    bytes_ += line.size();
    if (bytes_ > max_bytes_) return fail(malformed("a header larger than the limit of 64 KiB"));
    while (line.ends_with('\n') || line.ends_with('\r'))
        line.remove_suffix(1);
    if (!started_) return status_line(line);
    if (line.empty()) {
        end_of_head();
        return {};
    }
    return field(line);
}

Result<void> HeadReader::status_line(std::string_view line) {
    const auto space = line.find(' ');
    const auto digits = space == std::string_view::npos ? std::string_view{} : line.substr(space + 1, 3);
    unsigned long long status = 0;
    if (!line.starts_with("HTTP/") || digits.size() != 3 || !parse_number(digits, status) || status < 100 ||
        status > 999) {
        return fail(malformed("a status line that cannot be read"));
    }
    head_.status = static_cast<std::uint16_t>(status);
    started_ = true;
    return {};
}

Result<void> HeadReader::field(std::string_view line) {
    if (++count_ > max_count_) return fail(malformed("more header fields than the limit of 128"));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
        return fail(malformed("a header field without a name"));
    auto name = lower_case(line.substr(0, colon));
    const auto value = trimmed(line.substr(colon + 1));
    if (!is_field_value(value)) return fail(malformed("control characters in a header field"));
    if (name == "content-length") {
        if (auto read = content_length(value); !read) return read;
        // Written anew from the length that is known.
        return {};
    }
    if (name == "transfer-encoding") chunked_ = true;
    head_.headers.push_back({std::move(name), std::string(value)});
    return {};
}

Result<void> HeadReader::content_length(std::string_view value) {
    std::string_view element;
    while (next_element(value, element)) {
        unsigned long long length = 0;
        if (!parse_number(element, length)) return fail(malformed("a Content-Length that is no number"));
        if (length > ferry::content::kMaxBodyBytes) {
            return fail(
                peer_fault("origin_length",
                           "the origin announced a body larger than 16 TiB; such bodies are not carried"));
        }
        if (head_.content_length && *head_.content_length != length) {
            return fail(
                peer_fault("origin_length",
                           "the origin gave two different lengths for one body; its answer is not used"));
        }
        head_.content_length = length;
    }
    return {};
}

void HeadReader::end_of_head() {
    if (head_.status < 200) {
        started_ = false;
        head_ = ResponseHead{};
        chunked_ = false;
        return;
    }
    complete_ = true;
    if (chunked_) head_.content_length.reset();
    if (has_no_body(head_.status)) head_.content_length = 0;
    const auto named = connection_fields(head_.headers);
    std::erase_if(head_.headers, [&](const auto& field) {
        return ferry::content::is_hop_by_hop(field.name) ||
               std::find(named.begin(), named.end(), field.name) != named.end();
    });
}

}  // namespace ferry::relay::content
