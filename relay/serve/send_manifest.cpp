#include <utility>

#include "relay/serve/send_manifest.hpp"

#include <algorithm>

#include "protocol/content/manifest.hpp"
#include "protocol/content/merkle.hpp"

namespace ferry::relay {

namespace {

ferry::content::Manifest manifest_of(const Sale& sale, const content::Head& head) {
  ferry::content::Manifest manifest;
  manifest.request = sale.answered;
  manifest.status = head.status;
  manifest.headers = head.headers;
  manifest.length = head.length;
  manifest.validator = head.validator;
  manifest.root = head.root;
  manifest.fetched_at = base::Time::from_seconds(head.fetched_at.unix_seconds());
  manifest.expires_at = base::Time::from_seconds(head.expires_at.unix_seconds());
  return manifest;
}

void sign_and_send(Sale& sale, const ferry::content::Manifest& manifest, bool final, const LedgerBook::Charged& charged, bool redelivered) {
  const Node& node = sale.connection.node();
  wire::ManifestMessage message;
  message.stream = sale.stream.id;
  message.final = final;
  message.manifest = ferry::content::pack(manifest);
  message.signature = node.identity.sign(ferry::content::manifest_digest(node.domain_separator, manifest));
  message.charge = charged.amount;
  message.charged_after = charged.after;
  message.redelivered = redelivered;
  sale.connection.session().send(std::move(message));
  sale.connection.kick();
}

}  // namespace

void send_first_manifest(Sale& sale, const content::Head& head, const LedgerBook::Charged& fee, bool redelivered) {
  auto manifest = manifest_of(sale, head);
  const auto& hashes = head.chunk_hashes;
  manifest.chunk_count = hashes.size();
  if (!hashes.empty()) manifest.chunks_digest = ferry::content::digest_of(hashes);
  sign_and_send(sale, manifest, false, fee, redelivered);
  for (std::size_t first = 0; first < hashes.size(); first += wire::kMaxHashesPerMessage) {
    const auto count = std::min(hashes.size() - first, wire::kMaxHashesPerMessage);
    wire::Hashes page;
    page.stream = sale.stream.id;
    page.first = first;
    page.hashes.assign(hashes.begin() + static_cast<std::ptrdiff_t>(first), hashes.begin() + static_cast<std::ptrdiff_t>(first + count));
    sale.connection.session().send(std::move(page));
  }
}

void send_final_manifest(Sale& sale, const content::Head& head, std::uint64_t first, const std::vector<base::Hash256>& served) {
  auto manifest = manifest_of(sale, head);
  manifest.first_chunk = first;
  manifest.chunk_count = served.size();
  if (!served.empty()) manifest.chunks_digest = ferry::content::digest_of(served);
  sign_and_send(sale, manifest, true, {}, false);
}

}  // namespace ferry::relay
