#pragma once
// What is served to a client that asks for content by its root: an object that the cache holds whole, whatever its URL was. Its head tells nothing of
// where it came from but its type. The origin is never asked.

#include "protocol/base/result.hpp"
#include "relay/content/fetch_request.hpp"
#include "relay/content/fetcher.hpp"
#include "relay/content/open_body.hpp"

#include <memory>

namespace ferry::relay::content {

/// Precondition: request.root. Errors: refusal "root_not_held" (no such object, or not all of the wanted chunks), those of ContentSource::open() about
/// the range and the validator.
base::Result<std::unique_ptr<OpenBody>> open_by_root(const std::shared_ptr<Fetcher>& fetcher, const FetchRequest& request, ChunkSpan span);

/// Null when it is not held.
std::shared_ptr<Object> find_by_root(ContentCache& cache, const base::Hash256& root, ChunkSpan span);

}  // namespace ferry::relay::content
