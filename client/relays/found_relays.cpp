#include "client/relays/found_relays.hpp"

#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "client/json_text.hpp"
#include "client/wallet/private_file.hpp"

namespace ferry::client {

using nlohmann::json;
using discovery::DescriptorBook;
using discovery::SignedDescriptor;

namespace {

/// Clients who know the same relays do not all begin with the same one.
std::uint64_t draw_order() {
  std::uint64_t draw = 0;
  std::array<std::uint8_t, sizeof draw> bytes{};
  base::fill_random(bytes);
  std::memcpy(&draw, bytes.data(), sizeof draw);
  return draw;
}

RelayReference reference_of(const discovery::Descriptor& descriptor) {
  const auto& where = descriptor.endpoints.front();
  return {descriptor.relay, where.host, where.port};
}

}  // namespace

FoundRelays::FoundRelays(Loop& loop, std::filesystem::path file, Announcer announcer, Clock clock)
    : loop_(loop), file_(std::move(file)), announcer_(announcer), clock_(std::move(clock)), draw_(draw_order()) {}

void FoundRelays::load() {
  const auto text = read_small_file(file_, std::size_t{2} << 20U);
  if (!text || !*text) return;
  const auto all = json::parse(**text, nullptr, false);
  if (!all.is_object() || !all.contains("relays") || !all["relays"].is_array()) return;
  for (const auto& entry : all["relays"]) {
    if (!entry.is_string()) continue;
    const auto bytes = base::from_hex(entry.get<std::string>());
    if (bytes) static_cast<void>(learn(*bytes));  // an old one is left behind
  }
  changed_ = false;
}

base::Result<DescriptorBook::News> FoundRelays::learn(base::ByteView signed_descriptor) {
  FERRY_TRY(auto descriptor, SignedDescriptor::read(signed_descriptor));
  FERRY_TRY(const auto news, book_.add(std::move(descriptor), clock_()));
  if (news != DescriptorBook::News::nothing) {
    changed_ = true;
    drawn_.reset();
  }
  return news;
}

void FoundRelays::save() {
  if (saving_ || !changed_) return;
  saving_ = true;
  changed_ = false;
  book_.forget_old(clock_());
  json all = json::array();
  for (const auto* descriptor : book_.all()) all.push_back(base::to_hex(descriptor->bytes()));
  auto outcome = std::make_shared<base::Result<void>>();
  loop_.work([outcome, file = file_, text = json_text({{"relays", std::move(all)}})] { *outcome = write_private_file(file, text); },
             [this, outcome] {
               saving_ = false;
               if (!*outcome) announcer_.log(LogLevel::warning, "the relays that were found are not kept", outcome->error());
               save();
             });
}

std::optional<discovery::Descriptor> FoundRelays::find(const base::Address& relay) const {
  const auto* found = book_.find(relay);
  if (found == nullptr || !found->check_current(clock_())) return std::nullopt;
  return **found;
}

std::optional<RelayReference> FoundRelays::reference(const base::Address& relay) const {
  const auto found = find(relay);
  return found ? std::optional(reference_of(*found)) : std::nullopt;
}

std::vector<RelayReference> FoundRelays::some(std::size_t limit) const {
  const auto now = clock_();
  if (!drawn_ || drawn_->limit != limit || now < drawn_->at || now - drawn_->at > kDrawnFor) {
    drawn_ = Drawn{limit, now, {}};
    for (const auto* descriptor : book_.pick("", limit, draw_, now)) drawn_->relays.push_back(reference_of(**descriptor));
  }
  return drawn_->relays;
}

}  // namespace ferry::client
