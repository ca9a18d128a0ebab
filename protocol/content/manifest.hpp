#pragma once
// Manifest: a relay's signed word about one response: status, headers, length, validator and, as far as they are known, its chunk hashes and
// root. Sent before the body (what is known then) and again after it (what was served). Signed as typed data, so that a wrong one is
// evidence that anybody can check.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/address.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/key.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"
#include "protocol/base/url.hpp"

namespace ferry::content {

/// One end-to-end header field; names are lower case.
struct HeaderField {
  std::string name;
  std::string value;
  friend bool operator==(const HeaderField&, const HeaderField&) = default;
};
using Headers = std::vector<HeaderField>;

/// First value of a field, by lower-case name.
std::optional<std::string_view> find_header(const Headers& headers, std::string_view name);

/// Fields that belong to one connection, not to the message, and are never passed on. Source: RFC 9110 section 7.6.1, RFC 9112.
bool is_hop_by_hop(std::string_view lower_case_name);

/// Names a request on the wire, in quotes and in evidence without telling its URL: SHA-256 over a domain text, the method, the canonical
/// URL, the chunk size and those request headers that may select a representation. `headers`: all of the request, lower-case names, order
/// is irrelevant; hop-by-hop, conditional, range, routing and cache-directive fields are left out here, so both sides just pass what they
/// have.
base::RequestHash request_hash(std::string_view method, std::string_view canonical_url, const Headers& headers);
/// What names a tunnel in its quote and its charges: request_hash("CONNECT", "host:port") without headers.
base::RequestHash tunnel_hash(const base::Host& host, std::uint16_t port);

/// What names a witness request in its quote and its charges, so that no charge for a hash is ever the same as one for its chunk. Manifests bear the
/// plain hash, so that the words of a witness and of the relay it watches are about the same request.
base::RequestHash witness_hash(const base::RequestHash& request);

struct Manifest {
  static constexpr std::size_t kMaxHeaders = 128;
  static constexpr std::size_t kMaxHeaderBytes = 64 * 1024;
  static constexpr std::size_t kMaxValidatorBytes = 1024;
  static constexpr std::size_t kMaxPackedBytes = kMaxHeaderBytes + 4096;

  base::RequestHash request;
  std::uint16_t status = 0;
  Headers headers;                      ///< end-to-end only; no hop-by-hop field
  std::optional<std::uint64_t> length;  ///< of the whole body; none while a stream of unknown length runs
  std::string validator;                ///< strong ETag, else Last-Modified + "/" + length, else empty: then the object cannot be resumed
  base::Hash256 root;                   ///< zero while unknown
  std::uint64_t first_chunk = 0;        ///< the chunks whose hashes `chunks_digest` covers
  std::uint64_t chunk_count = 0;
  base::Hash256 chunks_digest;          ///< content::digest_of those hashes; zero when chunk_count is 0
  base::Time fetched_at;                ///< when the relay had it from the origin (or last revalidated it); whole seconds
  base::Time expires_at;                ///< until when the relay would serve it without asking the origin again; whole seconds

  /// Nothing about the body is left unknown. An empty body has no root.
  bool is_complete() const { return length.has_value() && (*length == 0 || !root.is_zero()); }
  friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// Packed form (MessagePack); what a peer sends is decoded with all limits above and must be what an honest relay could mean: status 200 to
/// 999, lower-case end-to-end names, values without control characters, chunks inside the length. Errors: those of PackReader.
base::Bytes pack(const Manifest& manifest);
base::Result<Manifest> unpack_manifest(base::ByteView bytes);

/// EIP-712: Manifest(bytes32 request,bytes32 head,uint64 length,bytes32 root,uint64 firstChunk,uint64 chunkCount,bytes32 chunks,
/// uint64 fetchedAt,uint64 expiresAt); `head` is the Keccak-256 of packed status, headers and validator; an unknown length is 2^64-1.
base::Digest manifest_digest(const base::Hash256& domain_separator, const Manifest& manifest);

}  // namespace ferry::content
