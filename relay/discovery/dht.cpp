#include <utility>

#include "relay/discovery/dht.hpp"

#include <libtorrent/alert_types.hpp>
#include <libtorrent/bencode.hpp>
#include <libtorrent/kademlia/ed25519.hpp>
#include <libtorrent/kademlia/item.hpp>
#include <libtorrent/session.hpp>
#include <libtorrent/session_params.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

namespace ferry::relay::discovery {

namespace lt = libtorrent;

struct Dht::State {
  explicit State(lt::session_params params) : session(std::move(params)) {}
  std::uint16_t port = 0;
  lt::session session;
};

namespace {

/// Of two ways to store one thing under one key.
constexpr const char* kSalt = "ferry.1";
constexpr lt::seconds kListenTimeout{10};
/// Of an earlier run, to begin with.
constexpr std::size_t kKnownNodes = 100;
/// For everything that the node says and answers. Units: bytes per second.
constexpr int kUploadRate = 64 * 1024;
/// Packets per second of one address; behind one there may be many nodes.
constexpr int kPacketsPerAddress = 50;
constexpr int kPacketsPerSharedAddress = 10'000;

std::string listen_text(const Endpoint& endpoint) {
  const bool is_v6 = endpoint.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

/// The DHT and nothing besides it: no torrents are ever added, nobody on the local network is told anything.
lt::settings_pack pack_of(const Dht::Settings& settings) {
  using Pack = lt::settings_pack;
  lt::settings_pack pack;
  pack.set_str(Pack::listen_interfaces, listen_text(settings.listen));
  pack.set_str(Pack::user_agent, "Ferry");
  pack.set_int(Pack::alert_mask, static_cast<int>(static_cast<std::uint32_t>(lt::alert_category::dht | lt::alert_category::dht_operation |
                                                                             lt::alert_category::status | lt::alert_category::error)));
  for (const auto off : {Pack::enable_lsd, Pack::enable_upnp, Pack::enable_natpmp, Pack::enable_incoming_utp, Pack::enable_outgoing_utp,
                         Pack::enable_incoming_tcp, Pack::enable_outgoing_tcp}) {
    pack.set_bool(off, false);
  }
  pack.set_bool(Pack::enable_dht, true);
  // Where it was told to listen, or nowhere.
  pack.set_int(Pack::max_retry_port_bind, 0);
  pack.set_bool(Pack::listen_system_port_fallback, false);
  pack.set_str(Pack::dht_bootstrap_nodes, "");  // only those that the operator names
  pack.set_int(Pack::dht_upload_rate_limit, kUploadRate);
  pack.set_int(Pack::dht_block_ratelimit, settings.one_address ? kPacketsPerSharedAddress : kPacketsPerAddress);
  pack.set_bool(Pack::dht_restrict_routing_ips, !settings.one_address);
  pack.set_bool(Pack::dht_restrict_search_ips, !settings.one_address);
  return pack;
}

lt::session_params params_of(const Dht::Settings& settings, base::ByteView saved) {
  lt::session_params params;
  if (!saved.empty()) {
    try {
      params = lt::read_session_params(lt::span<const char>(reinterpret_cast<const char*>(saved.data()), static_cast<std::ptrdiff_t>(saved.size())),
                                       lt::session_handle::save_dht_state);
    } catch (const std::exception&) {
      params = {};
    }
  }
  params.settings = pack_of(settings);
  return params;
}

SocketAddress address_of(const lt::tcp::endpoint& peer) {
  const auto address = peer.address();
  if (address.is_v4()) return {base::IpAddress::v4(address.to_v4().to_bytes()), peer.port()};
  return {base::IpAddress::v6(address.to_v6().to_bytes()), peer.port()};
}

lt::sha1_hash hash_of(const DhtKey& key) { return lt::sha1_hash(reinterpret_cast<const char*>(key.data())); }

DhtKey key_of(const lt::sha1_hash& hash) {
  DhtKey key{};
  std::copy_n(reinterpret_cast<const std::uint8_t*>(hash.data()), key.size(), key.begin());
  return key;
}

std::array<char, 32> chars_of(base::ByteView bytes) {
  std::array<char, 32> out{};
  std::copy_n(reinterpret_cast<const char*>(bytes.data()), std::min(bytes.size(), out.size()), out.begin());
  return out;
}

ItemKey item_key_of(const std::array<char, 32>& key) {
  ItemKey out;
  std::ranges::transform(key, out.data.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  return out;
}

std::optional<DhtNews> news_of(const lt::alert& alert) {
  if (const auto* reply = lt::alert_cast<lt::dht_get_peers_reply_alert>(&alert)) {
    PeersCame came{key_of(reply->info_hash), {}};
    for (const auto& peer : reply->peers()) came.peers.push_back(address_of(peer));
    return came;
  }
  if (const auto* item = lt::alert_cast<lt::dht_mutable_item_alert>(&alert)) {
    if (item->item.type() != lt::entry::string_t || item->salt != kSalt) return std::nullopt;
    const auto& value = item->item.string();
    const auto bytes = base::bytes_of(value);
    return ItemCame{item_key_of(item->key), base::Bytes(bytes.begin(), bytes.end())};
  }
  return std::nullopt;
}

}  // namespace

Dht::Dht(std::unique_ptr<State> state) : state_(std::move(state)) {}

Dht::~Dht() { state_->session.set_alert_notify([] {}); }

base::Result<std::unique_ptr<Dht>> Dht::start(const Settings& settings, base::ByteView state, std::function<void()> wake) {
  auto params = params_of(settings, state);
  const auto known = params.dht_state.nodes;
  auto own = std::make_unique<State>(std::move(params));
  const auto until = lt::clock_type::now() + kListenTimeout;
  std::string why = "no answer from the system";
  while (own->port == 0 && lt::clock_type::now() < until) {
    own->session.wait_for_alert(lt::milliseconds(100));
    std::vector<lt::alert*> alerts;
    own->session.pop_alerts(&alerts);
    for (const auto* alert : alerts) {
      // The UDP socket goes by the name of what else would use it.
      if (const auto* listens = lt::alert_cast<lt::listen_succeeded_alert>(alert); listens != nullptr && listens->socket_type == lt::socket_type_t::utp) {
        own->port = static_cast<std::uint16_t>(listens->port);
      }
      if (const auto* failed = lt::alert_cast<lt::listen_failed_alert>(alert)) why = failed->error.message();
    }
  }
  if (own->port == 0) {
    return base::fail(base::environment("dht_listen", "the DHT cannot listen on UDP " + listen_text(settings.listen) + ": " + base::printable(why) +
                                                          "; choose another --dht-listen"));
  }
  own->session.set_alert_notify(std::move(wake));
  // libtorrent itself asks them only where it has other nodes to begin with.
  for (std::size_t i = 0; i < std::min(known.size(), kKnownNodes); ++i) own->session.add_dht_node({known[i].address().to_string(), known[i].port()});
  return std::unique_ptr<Dht>(new Dht(std::move(own)));
}

std::uint16_t Dht::port() const { return state_->port; }

void Dht::add_node(const Endpoint& node) { state_->session.add_dht_node({node.host, node.port}); }

void Dht::announce(const DhtKey& key, std::uint16_t port) { state_->session.dht_announce(hash_of(key), port); }

void Dht::search(const DhtKey& key) { state_->session.dht_get_peers(hash_of(key)); }

void Dht::publish(base::ByteView seed, std::uint64_t sequence, base::ByteView value) {
  const auto [public_key, secret_key] = lt::dht::ed25519_create_keypair(chars_of(seed));
  const auto put = [public_key = public_key, secret_key = secret_key, sequence, text = std::string(base::text_of(value))](
                       lt::entry& item, std::array<char, 64>& signature, std::int64_t& number, const std::string& salt) {
    item = text;
    number = static_cast<std::int64_t>(sequence);
    std::vector<char> encoded;
    lt::bencode(std::back_inserter(encoded), item);
    signature = lt::dht::sign_mutable_item(encoded, salt, lt::dht::sequence_number(number), public_key, secret_key).bytes;
  };
  state_->session.dht_put_item(public_key.bytes, put, kSalt);
}

void Dht::fetch(const ItemKey& key) { state_->session.dht_get_item(chars_of(key.view()), kSalt); }

ItemKey Dht::item_key(base::ByteView seed) { return item_key_of(std::get<0>(lt::dht::ed25519_create_keypair(chars_of(seed))).bytes); }

std::vector<DhtNews> Dht::take_news() {
  std::vector<lt::alert*> alerts;
  state_->session.pop_alerts(&alerts);
  std::vector<DhtNews> news;
  for (const auto* alert : alerts) {
    if (auto one = news_of(*alert)) news.push_back(std::move(*one));
  }
  return news;
}

base::Bytes Dht::save_state() const {
  const auto buffer = lt::write_session_params_buf(state_->session.session_state(lt::session_handle::save_dht_state), lt::session_handle::save_dht_state);
  return {buffer.begin(), buffer.end()};
}

}  // namespace ferry::relay::discovery
