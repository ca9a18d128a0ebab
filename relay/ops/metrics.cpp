#include "relay/ops/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <utility>
#include <vector>

namespace ferry::relay {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

/// Collects families in the order in which they are named.
class Families {
 public:
  Families& counter(const char* name, const char* help) { return family(name, help, MetricType::Counter); }
  Families& gauge(const char* name, const char* help) { return family(name, help, MetricType::Gauge); }

  Families& is(double value) { return add({}, value); }
  Families& is(std::uint64_t value) { return add({}, static_cast<double>(value)); }
  Families& is(bool value) { return add({}, value ? 1.0 : 0.0); }
  Families& is(base::Amount value) { return add({}, approximate_btt(value)); }
  Families& is(const char* label, const char* label_value, std::uint64_t value) {
    return add({ClientMetric::Label{label, label_value}}, static_cast<double>(value));
  }
  Families& is(const char* label, const char* label_value, base::Amount value) {
    return add({ClientMetric::Label{label, label_value}}, approximate_btt(value));
  }

  std::vector<MetricFamily> take() { return std::move(families_); }

 private:
  /// The only place where money becomes a floating-point number; nothing is ever computed from it.
  static double approximate_btt(base::Amount amount) { return static_cast<double>(amount.units()) / 1e18; }

  Families& family(const char* name, const char* help, MetricType type) {
    families_.push_back(MetricFamily{std::string("ferry_relay_") + name, help, type, {}});
    return *this;
  }
  Families& add(std::vector<ClientMetric::Label> labels, double value) {
    ClientMetric metric;
    metric.label = std::move(labels);
    if (families_.back().type == MetricType::Counter) metric.counter.value = value;
    else metric.gauge.value = value;
    families_.back().metric.push_back(std::move(metric));
    return *this;
  }

  std::vector<MetricFamily> families_;
};

void describe_clients(Families& out, const RelayStatus& s) {
  out.counter("connections_total", "Connections from clients").is("result", "accepted", s.connections_accepted).is("result", "refused", s.connections_refused);
  out.gauge("connections", "Open connections").is(s.connections_open);
  out.counter("tls_failures_total", "TLS handshakes that failed").is(s.tls_failures);
  out.counter("sessions_total", "Sessions whose client proved its key").is(s.sessions_authenticated);
  out.gauge("sessions", "Open sessions").is(s.sessions_open);
  out.gauge("streams", "Requests being served").is(s.streams_open);
  out.counter("peer_faults_total", "Sessions closed because the client broke the protocol").is(s.peer_faults);
  out.counter("requests_total", "Requests of clients").is(s.requests);
  out.counter("requests_refused_total", "Requests that ended in a refusal or an error").is(s.requests_refused);
  out.counter("exit_refusals_total", "Requests that the exit policy refused").is(s.exit_refusals);
  out.counter("ledger_calls_total", "Calls to the ledger API on the public port").is(s.ledger_calls);
}

void describe_delivery(Families& out, const RelayStatus& s) {
  out.counter("chunks_total", "Chunks delivered").is("source", "hit", s.chunks_hit).is("source", "miss", s.chunks_miss);
  out.counter("chunks_redelivered_total", "Chunks delivered again for free after a lost connection").is(s.chunks_redelivered);
  out.counter("chunks_witnessed_total", "Chunks of which only the hash was sent, as a word about what another relay delivers").is(s.chunks_witnessed);
  out.counter("payload_bytes_total", "Bytes of content delivered").is(s.payload_bytes);
  out.counter("tunnels_total", "Tunnels asked for").is(s.tunnels);
  out.gauge("tunnels", "Tunnels being served").is(s.tunnels_open);
  out.counter("tunnel_bytes_total", "Bytes carried by tunnels").is("direction", "down", s.tunnel_down_bytes).is("direction", "up", s.tunnel_up_bytes);
  out.counter("vouchers_total", "Vouchers").is("result", "accepted", s.vouchers_accepted).is("result", "refused", s.vouchers_refused);
  out.counter("credit_waits_total", "Times a delivery had to wait for a voucher").is(s.credit_waits);
}

void describe_money(Families& out, const RelayStatus& s) {
  out.gauge("channels", "Channels in the books").is(s.totals.channels);
  out.gauge("btt", "Sums over channels in BTT, approximate; /api/v1/earnings is exact")
      .is("sum", "earned", s.totals.charged)
      .is("sum", "promised", s.totals.promised)
      .is("sum", "claimable", s.totals.claimable)
      .is("sum", "claimed", s.totals.claimed)
      .is("sum", "unsettled", s.settlement.unsettled)
      .is("sum", "owed", s.totals.owed)
      .is("sum", "written_off", s.totals.lost);
  out.gauge("fees_paid", "Fees of this relay's transactions so far, in the chain's coin, approximate").is(s.settlement.fees);
  out.gauge("fee_money", "What the relay's own account can pay fees with, in the chain's coin, approximate; 0 where there are none")
      .is(s.settlement.fee_money.value_or(base::Amount{}));
  out.gauge("fee_money_low", "1: soon there will be too little to claim with").is(s.settlement.lacks_fee_money());
  out.counter("claims_total", "Claims on the ledger").is("result", "done", s.settlement.claims).is("result", "refused", s.settlement.claims_refused);
  out.gauge("transactions_pending", "Transactions of unknown fate").is(std::uint64_t{s.settlement.pending});
  const double unseen = s.settlement.last_seen == base::Time{} ? -1.0 : static_cast<double>((s.now - s.settlement.last_seen).count()) / 1000.0;
  out.gauge("ledger_writable", "0: the ledger that this relay keeps cannot be written, so nobody can open a channel").is(s.ledger_trouble.empty());
  out.gauge("ledger_unseen_seconds", "Since the ledger was last read; -1: never").is(unseen);
}

void describe_storage(Families& out, const RelayStatus& s) {
  out.gauge("journal_bytes", "Size of the journal").is(s.journal_bytes);
  out.counter("journal_records_total", "Records made durable").is(s.journal_records);
  out.counter("journal_commits_total", "Syncs of the journal").is(s.journal_commits);
  out.gauge("journal_failed", "1: nothing can be made durable until a restart").is(s.journal_failed);
  out.gauge("cache_memory_bytes", "Chunks held in memory").is(s.cache.memory_bytes);
  out.gauge("cache_disk_bytes", "Chunks held on disk").is(s.cache.disk_bytes);
  out.gauge("cache_objects", "Objects known to the cache").is(s.cache.objects);
  out.gauge("cache_disk_writable", "0: the relay goes on from memory").is(s.cache.disk_writable);
}

void describe_content(Families& out, const ContentCounters& c) {
  const auto value = [](const ContentCounters::Count& count) { return count.load(std::memory_order_relaxed); };
  out.counter("opened_total", "Requests by how their response was found")
      .is("way", "fresh", value(c.opened_fresh))
      .is("way", "revalidated", value(c.opened_revalidated))
      .is("way", "fetched", value(c.opened_fetched))
      .is("way", "joined", value(c.opened_joined))
      .is("way", "failed", value(c.open_failed));
  out.counter("cache_lookups_total", "Chunks by where they were found")
      .is("found", "memory", value(c.memory_hits))
      .is("found", "disk", value(c.disk_hits))
      .is("found", "nowhere", value(c.chunk_misses));
  out.counter("origin_requests_total", "Requests to origins").is(value(c.origin_requests));
  out.counter("origin_bytes_total", "Body bytes from origins").is(value(c.origin_bytes));
  out.counter("origin_chunks_total", "Chunks cut from what origins sent").is(value(c.origin_chunks));
  out.counter("origin_failures_total", "Transfers from origins that failed").is(value(c.origin_failures));
  out.counter("origin_changed_total", "Bodies that changed while they were fetched").is(value(c.origin_changed));
  out.counter("redirects_total", "Redirects followed").is(value(c.redirects));
  out.counter("exit_rechecks_refused_total", "Connections refused when they were about to be made").is(value(c.exit_rechecks_refused));
  out.counter("cache_disk_writes_total", "Chunks written to disk").is(value(c.disk_writes));
  out.counter("cache_disk_write_bytes_total", "Bytes written to disk").is(value(c.disk_write_bytes));
  out.counter("cache_disk_writes_skipped_total", "Chunks not written because the disk is behind").is(value(c.disk_writes_skipped));
  out.counter("cache_disk_corrupt_total", "Chunks whose bytes no longer gave their hash").is(value(c.disk_corrupt));
  out.counter("cache_disk_failures_total", "Writes that failed").is(value(c.disk_failures));
}

void describe_discovery(Families& out, const DiscoveryCounters& c, std::uint64_t relays_met) {
  const auto value = [](const DiscoveryCounters::Count& count) { return count.load(std::memory_order_relaxed); };
  out.gauge("relays_met", "Other relays that proved who they are and are told to clients").is(relays_met);
  out.counter("dht_peers_total", "Addresses that the DHT gave out as relays; many may be lies").is("result", "told", value(c.peers_told)).is("result", "refused", value(c.peers_refused));
  out.counter("probes_total", "Addresses that were asked who they are").is("result", "met", value(c.probes_met)).is("result", "failed", value(c.probes_failed));
  out.counter("descriptors_refused_total", "Descriptors of relays that were older than what is known, or of a wrong time").is(value(c.descriptors_refused));
  out.counter("dht_items_total", "Newer descriptors taken from the DHT").is(value(c.items_taken));
  out.counter("objects_announced_total", "Announcements of objects in the DHT").is(value(c.objects_announced));
  out.counter("holder_searches_total", "Clients' searches for holders of an object").is(value(c.searches));
}

void describe_process(Families& out, const RelayStatus& s) {
  out.gauge("ready", "1: clients may come").is(s.not_ready().empty());
  out.gauge("start_time_seconds", "When the relay started, Unix time").is(static_cast<double>(s.facts->started.unix_ms) / 1000.0);
  out.gauge("resident_bytes", "Memory of the process").is(s.process.resident_bytes);
  out.gauge("open_files", "File descriptors in use").is(s.process.open_files);
  out.counter("cpu_seconds_total", "Processor time, user and system").is(s.process.cpu_seconds);
}

}  // namespace

std::string metrics_text(const RelayStatus& status) {
  Families families;
  describe_clients(families, status);
  describe_delivery(families, status);
  describe_money(families, status);
  describe_storage(families, status);
  if (status.content != nullptr) describe_content(families, *status.content);
  if (status.discovery != nullptr) describe_discovery(families, *status.discovery, status.relays_met);
  describe_process(families, status);
  return prometheus::TextSerializer{}.Serialize(families.take());
}

}  // namespace ferry::relay
