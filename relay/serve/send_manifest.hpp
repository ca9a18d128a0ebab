#pragma once
// The relay's signed word before a body (what is known then, with the hashes of an object that is whole in the cache) and after it.

#include <cstdint>
#include <vector>

#include "relay/content/content_source.hpp"
#include "relay/serve/sale.hpp"

namespace ferry::relay {

void send_first_manifest(Sale& sale, const content::Head& head, const LedgerBook::Charged& fee, bool redelivered);

/// `served`: hashes of the chunks from `first` on that this stream carried.
void send_final_manifest(Sale& sale, const content::Head& head, std::uint64_t first, const std::vector<base::Hash256>& served);

}  // namespace ferry::relay
