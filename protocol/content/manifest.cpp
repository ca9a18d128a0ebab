#include "protocol/content/manifest.hpp"

#include "protocol/base/hash.hpp"
#include "protocol/base/pack.hpp"
#include "protocol/base/typed_data.hpp"
#include "protocol/content/geometry.hpp"

#include <algorithm>

namespace ferry::content {

namespace {

constexpr std::uint32_t kFields = 11;
/// The last second of the year 9999: later times have no HTTP date.
constexpr std::uint64_t kMaxSeconds = 253'402'300'799;

std::uint64_t seconds_of(base::Time time) {
    return static_cast<std::uint64_t>(time.unix_seconds());
}

base::Time read_time(base::PackReader& reader) {
    return base::Time::from_seconds(static_cast<std::int64_t>(reader.number(kMaxSeconds)));
}

void write_headers(base::PackWriter& writer, const Headers& headers) {
    writer.array(static_cast<std::uint32_t>(headers.size()));
    for (const HeaderField& field : headers)
        writer.array(2).text(field.name).text(field.value);
}

/// A token without upper-case letters. Source: RFC 9110 section 5.6.2.
bool is_field_name(std::string_view name) {
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";
    return !name.empty() && name.find_first_not_of(kAllowed) == std::string_view::npos;
}

/// Visible characters, bytes above 0x7f, and inside also spaces and tabs. Source: RFC 9110 section 5.5.
bool is_field_value(std::string_view value) {
    const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
    if (!value.empty() && (is_blank(value.front()) || is_blank(value.back()))) return false;
    return std::none_of(value.begin(), value.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7f;
    });
}

Headers read_headers(base::PackReader& reader) {
    Headers headers;
    std::size_t room = Manifest::kMaxHeaderBytes;
    const std::uint32_t count = reader.array(Manifest::kMaxHeaders);
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
        reader.array_of(2);
        HeaderField field;
        field.name = reader.text(room);
        room -= std::min(room, field.name.size());
        field.value = reader.text(room);
        room -= std::min(room, field.value.size());
        if (!reader.ok()) break;
        if (!is_field_name(field.name)) reader.fail_value("a header name is not a lower-case token");
        if (is_hop_by_hop(field.name)) reader.fail_value("a manifest must not hold hop-by-hop headers");
        if (!is_field_value(field.value))
            reader.fail_value("a header value holds control characters or outer blanks");
        headers.push_back(std::move(field));
    }
    return headers;
}

/// What single fields cannot tell.
void check_agreement(base::PackReader& reader, const Manifest& manifest) {
    if (manifest.status < 200) reader.fail_value("the status of a response is at least 200");
    if (!is_field_value(manifest.validator)) reader.fail_value("the validator holds control characters");
    if ((manifest.chunk_count == 0) != manifest.chunks_digest.is_zero()) {
        reader.fail_value("a chunk digest comes with the chunks that it covers");
    }
    const std::uint64_t total = manifest.length ? chunk_count(*manifest.length) : kMaxChunks;
    if (manifest.chunk_count > total || manifest.first_chunk > total - manifest.chunk_count) {
        reader.fail_value("the covered chunks lie beyond the length");
    }
    if (manifest.length == 0 && !manifest.root.is_zero()) reader.fail_value("an empty body has no root");
}

}  // namespace

base::Bytes pack(const Manifest& manifest) {
    base::PackWriter writer;
    writer.array(kFields).bytes32(manifest.request).number(manifest.status);
    write_headers(writer, manifest.headers);
    if (manifest.length) {
        writer.number(*manifest.length);
    } else {
        writer.nil();
    }
    writer.text(manifest.validator).bytes32(manifest.root);
    writer.number(manifest.first_chunk).number(manifest.chunk_count).bytes32(manifest.chunks_digest);
    writer.number(seconds_of(manifest.fetched_at)).number(seconds_of(manifest.expires_at));
    return writer.take();
}

base::Result<Manifest> unpack_manifest(base::ByteView bytes) {
    if (bytes.size() > Manifest::kMaxPackedBytes) {
        return base::fail(base::peer_fault(
            "pack_limit", "a manifest has at most " + std::to_string(Manifest::kMaxPackedBytes) + " bytes"));
    }
    base::PackReader reader(bytes);
    Manifest manifest;
    reader.array_of(kFields);
    manifest.request = reader.bytes32<base::RequestHashTag>();
    manifest.status = static_cast<std::uint16_t>(reader.number(999));
    manifest.headers = read_headers(reader);
    if (!reader.skip_nil()) manifest.length = reader.number(kMaxBodyBytes);
    manifest.validator = reader.text(Manifest::kMaxValidatorBytes);
    manifest.root = reader.bytes32<base::Hash256Tag>();
    manifest.first_chunk = reader.number(kMaxChunks);
    manifest.chunk_count = reader.number(kMaxChunks);
    manifest.chunks_digest = reader.bytes32<base::Hash256Tag>();
    manifest.fetched_at = read_time(reader);
    manifest.expires_at = read_time(reader);
    if (reader.ok()) check_agreement(reader, manifest);
    FERRY_CHECK(reader.finish());
    return manifest;
}

base::Digest manifest_digest(const base::Hash256& domain_separator, const Manifest& manifest) {
    static const base::Hash256 type = base::type_hash(
        "Manifest(bytes32 request,bytes32 head,uint64 length,bytes32 root,uint64 firstChunk,uint64 "
        "chunkCount,"
        "bytes32 chunks,uint64 fetchedAt,uint64 expiresAt)");
    base::PackWriter head;
    head.array(3).number(manifest.status);
    write_headers(head, manifest.headers);
    head.text(manifest.validator);

    base::StructHash fields(type);
    fields.word(manifest.request.view()).word(base::keccak256(head.view()).view());
    fields.number(manifest.length.value_or(UINT64_MAX)).word(manifest.root.view());
    fields.number(manifest.first_chunk).number(manifest.chunk_count).word(manifest.chunks_digest.view());
    fields.number(seconds_of(manifest.fetched_at)).number(seconds_of(manifest.expires_at));
    return base::typed_digest(domain_separator, fields.finish());
}

}  // namespace ferry::content
