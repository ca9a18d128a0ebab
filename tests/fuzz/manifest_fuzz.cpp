// Any bytes as a manifest: what is accepted keeps to every limit and reads back as itself; a client that is
// given it, signed, takes it or calls it a fault, and never holds an incomplete body for a whole one.

#include "protocol/content/geometry.hpp"
#include "protocol/content/verifier.hpp"
#include "tests/fuzz/require.hpp"

using namespace ferry;
using content::Manifest;
using fuzz::require;

namespace {

const base::SecretKey& relay_key() {
    static const base::SecretKey key = base::SecretKey::from_bytes(base::Bytes(32, 1)).value();
    return key;
}

void check_limits(const Manifest& manifest) {
    std::size_t bytes = 0;
    for (const auto& [name, value] : manifest.headers) {
        bytes += name.size() + value.size();
        require(!name.empty() && !content::is_hop_by_hop(name), "only end-to-end headers are accepted");
        require(value.find_first_of("\r\n") == std::string::npos, "a value is one line");
    }
    require(manifest.headers.size() <= Manifest::kMaxHeaders, "headers keep to their count");
    require(bytes <= Manifest::kMaxHeaderBytes, "headers keep to their size");
    require(manifest.validator.size() <= Manifest::kMaxValidatorBytes, "a validator keeps to its size");
    require(manifest.length.value_or(0) <= content::kMaxBodyBytes, "a length keeps to its limit");
    require(manifest.first_chunk + manifest.chunk_count <= content::kMaxChunks, "covered chunks exist");
}

void check_client(const Manifest& manifest) {
    content::BodyVerifier client({}, relay_key().address(), manifest.request);
    client.adopt_chunk(base::ChunkIndex{manifest.first_chunk}, manifest.chunks_digest);
    const auto taken =
        client.add_manifest(manifest, relay_key().sign(content::manifest_digest({}, manifest)));
    if (!taken) {
        require(taken.error().kind == base::ErrorKind::peer_fault, "a manifest that is not taken is a fault");
        return;
    }
    const bool whole = manifest.length && content::chunk_count(*manifest.length) == client.chunks().size();
    require(client.has_all() == whole, "a body is whole when all its chunks are there");
    if (whole && !manifest.root.is_zero())
        require(client.root() == manifest.root, "a whole body has its root");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto manifest = content::unpack_manifest({data, size});
    if (!manifest) {
        require(manifest.error().kind == base::ErrorKind::peer_fault, "bad bytes are the peer's fault");
        return 0;
    }
    check_limits(*manifest);
    const base::Bytes packed = content::pack(*manifest);
    require(packed.size() <= size, "the packed form is the shortest");
    require(content::unpack_manifest(packed) == *manifest, "a manifest reads back as itself");
    check_client(*manifest);
    return 0;
}
