#include "relay/shared/object_head.hpp"

#include "protocol/base/pack.hpp"
#include "protocol/content/geometry.hpp"

#include <algorithm>

namespace ferry::relay {

using ferry::content::Headers;
using ferry::content::Manifest;

namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kFields = 10;
/// Year 9999: no date of HTTP lies beyond it.
constexpr std::uint64_t kLastMs = 253'402'300'799'999;

std::uint64_t clamped(std::int64_t ms) {
    return std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(ms, 0)), kLastMs);
}

void write_headers(base::PackWriter& writer, const Headers& headers) {
    writer.array(static_cast<std::uint32_t>(headers.size()));
    for (const auto& [name, value] : headers)
        writer.array(2).text(name).text(value);
}

Headers read_headers(base::PackReader& reader) {
    Headers headers;
    const auto count = reader.array(Manifest::kMaxHeaders);
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
        reader.array_of(2);
        auto name = reader.text(Manifest::kMaxHeaderBytes);
        headers.push_back({std::move(name), reader.text(Manifest::kMaxHeaderBytes)});
    }
    return headers;
}

std::int64_t read_ms(base::PackReader& reader) {
    return static_cast<std::int64_t>(reader.number(kLastMs));
}

}  // namespace

base::Bytes pack(const ObjectHead& head, const Headers& selecting) {
    base::PackWriter writer;
    writer.array(kFields).number(kVersion).number(head.status);
    write_headers(writer, head.headers);
    if (head.length) {
        writer.number(*head.length);
    } else {
        writer.nil();
    }
    writer.text(head.validator).boolean(head.ranges);
    writer.number(clamped(head.fetched_at.unix_ms)).number(clamped(head.age_when_fetched.count()));
    writer.number(clamped(head.expires_at.unix_ms));
    write_headers(writer, selecting);
    return writer.take();
}

base::Result<StoredHead> unpack_stored_head(base::ByteView bytes) {
    base::PackReader reader(bytes);
    StoredHead stored;
    ObjectHead& head = stored.head;
    reader.array_of(kFields);
    if (reader.number(UINT32_MAX) != kVersion) reader.fail_value("another version of the cache wrote this");
    head.status = static_cast<std::uint16_t>(reader.number(999));
    head.headers = read_headers(reader);
    if (!reader.skip_nil()) head.length = reader.number(ferry::content::kMaxBodyBytes);
    head.validator = reader.text(Manifest::kMaxValidatorBytes);
    head.ranges = reader.boolean();
    head.fetched_at.unix_ms = read_ms(reader);
    head.age_when_fetched = base::Duration{read_ms(reader)};
    head.expires_at.unix_ms = read_ms(reader);
    stored.selecting = read_headers(reader);
    FERRY_CHECK(reader.finish());
    return stored;
}

}  // namespace ferry::relay
