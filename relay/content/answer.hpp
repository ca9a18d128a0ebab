#pragma once
// Answer: what an origin's head means for the object that was asked for: the whole body, a part of it, or
// nothing that fits. Pure.

#include "protocol/base/result.hpp"
#include "relay/content/content_range.hpp"
#include "relay/content/response_head.hpp"
#include "relay/shared/gathering.hpp"
#include "relay/shared/object_head.hpp"

#include <optional>
#include <string>

namespace ferry::relay::content {

/// The first answer for an object, and what its body will bring.
struct FirstAnswer {
    ObjectHead head;
    ChunkSpan span;                      ///< chunks that its body brings; end kNoEnd: all, from 0
    std::optional<std::uint64_t> bytes;  ///< of its body, as far as announced
    bool ask_whole = false;              ///< nothing of it can be used: ask again without a range
};

/// `asked`: the range in the request, if there was one; `request_fields`: all fields that were sent;
/// `run_chunks`: how many were asked for. A part without a strong validator cannot be joined to others, so it
/// is used only if it is the whole. Errors: peer_fault "origin_range" (a part that nobody asked for),
/// "origin_length"; refusal "chunk_beyond_end".
base::Result<FirstAnswer> read_first_answer(const ResponseHead& response, std::optional<ByteRange> asked);

/// An answer that should bring more of a known object: `asked` is empty when the whole body was asked for.
/// Gives the bytes that will come. Errors: peer_fault "origin_changed" (it is another object),
/// "origin_range"; environment "origin_status" (no object now: 5xx, 429 …).
base::Result<std::optional<std::uint64_t>> read_next_answer(const ResponseHead& response,
                                                            const ObjectHead& object,
                                                            std::optional<ByteRange> asked);

/// Where the answer sends whoever asked; empty when it is not a redirect. Source: RFC 9110 section 15.4.
std::string redirect_target(const ObjectHead& head);

/// After 304: the stored fields replaced by those that came. Source: RFC 9111 section 3.2.
ObjectHead confirmed(const ObjectHead& stored, const ResponseHead& not_modified);

}  // namespace ferry::relay::content
