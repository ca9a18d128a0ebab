#include "client/client.hpp"

#include <utility>

namespace ferry::client {

using base::Result;

namespace {

base::Error closing() { return base::refusal("cancelled", "the client was closed"); }

}  // namespace

Result<std::unique_ptr<Client>> Client::create(ClientSettings settings, Replacements replacements) {
  FERRY_TRY(auto data_dir, DataDir::open(settings.data_dir));
  FERRY_TRY(auto keys, Keys::open(data_dir));
  FERRY_TRY(auto tls, wire::TlsContext::client());
  FERRY_TRY(auto loop, Loop::start());
  std::unique_ptr<Client> client(new Client(std::move(settings), std::move(data_dir), std::move(keys), std::move(loop), std::move(replacements)));
  client->links_.tls = std::move(tls);
  FERRY_CHECK(client->load());
  return client;
}

Client::Client(ClientSettings settings, DataDir data_dir, Keys keys, std::unique_ptr<Loop> loop, Replacements replacements)
    : settings_(std::move(settings)),
      data_dir_(std::move(data_dir)),
      keys_(std::move(keys)),
      loop_(std::move(loop)),
      ledgers_(settings_.chains, replacements.open_chain ? std::move(replacements.open_chain) : OpenChain(&open_named_chain), settings_.patience.on_chain),
      blocking_(*loop_),
      books_(*loop_, data_dir_, std::move(replacements.wrap_log)),
      budget_(settings_.budget),
      evidence_(*loop_, data_dir_.evidence(), Announcer(settings_), settings_.clock),
      marks_(*loop_, data_dir_.marks(), Announcer(settings_), settings_.clock),
      scores_(*loop_, data_dir_.scores(), Announcer(settings_), settings_.clock),
      found_(*loop_, data_dir_.found_relays(), Announcer(settings_), settings_.clock),
      core_{settings_, data_dir_, *loop_, blocking_, keys_, books_, ledgers_, budget_, evidence_, marks_, scores_, found_, Announcer(settings_), std::move(replacements.make_link)},
      fetches_(*loop_, [this](auto id, auto request, auto callbacks, auto ended) {
        return start_fetch(id, std::move(request), std::move(callbacks), std::move(ended));
      }) {
  if (!core_.make_link) {
    core_.make_link = [this](const RelayReference& relay, Link::Listener& listener) -> std::unique_ptr<Link> {
      return std::make_unique<WebSocketLink>(*loop_, links_, relay, listener);
    };
  }
}

/// Before any job can reach the loop.
Result<void> Client::load() {
  FERRY_CHECK(books_.load());
  evidence_.load();
  marks_.load();
  scores_.load();
  found_.load();
  loop_->post([this] {
    relays_ = std::make_unique<KnownRelays>(core_);
    for (const auto& reference : settings_.relays) relays_->get(reference);
    finder_ = std::make_unique<RelayFinder>(core_, *relays_);
  });
  return {};
}

Client::~Client() {
  loop_->post([this] { close(); });
  loop_->join();
}

/// Jobs first, then sessions, then what works on other threads, then the loop.
void Client::close() {
  for (const auto& [id, job] : std::map(jobs_)) job->cancel(closing());
  scores_.flush();
  finder_.reset();
  if (relays_) {
    for (auto* relay : relays_->all()) relay->end_session(base::environment("client_closing", "the client is being closed"));
  }
  blocking_.stop([this] {
    idle_check_ = std::make_unique<Timer>(*loop_);
    // Not among posted tasks: those that ran before this one, and come after it, may hold what speaks of relays.
    idle_check_->start(base::Duration{0}, [this] { stop_when_idle(); });
  });
}

/// Files and journals are being written on the pool, and their callbacks come here.
void Client::stop_when_idle() {
  if (!jobs_.empty() || !books_.are_idle()) return idle_check_->start(base::Duration{1}, [this] { stop_when_idle(); });
  loop_->stop();  // runs what is still posted, which may speak of relays
  relays_.reset();
  idle_check_.reset();
}

JobEnded Client::forget() {
  return [this](std::uint64_t id) {
    // A job ends inside its own calls: it goes a turn of the loop later.
    loop_->post([this, id] { jobs_.erase(id); });
  };
}

void Client::fetch(std::uint64_t id, FetchRequest request, FetchCallbacks callbacks) {
  loop_->post([this, id, request = std::move(request), callbacks = std::move(callbacks)]() mutable {
    jobs_[id] = fetches_.add(id, std::move(request), std::move(callbacks), forget());
  });
}

std::shared_ptr<Fetch> Client::start_fetch(std::uint64_t id, FetchRequest request, FetchCallbacks callbacks, JobEnded ended) {
  const auto named = request.relays;
  auto choice = std::make_unique<LazyChoice>([this, named] { return relays_->choose(named); });
  auto fetch = std::make_shared<Fetch>(core_, *finder_, id, std::move(request), std::move(callbacks), std::move(choice), std::move(ended));
  finder_->find([this, weak = std::weak_ptr(fetch), named] {
    relays_->meet(named, [weak] {
      if (const auto waiting = weak.lock()) waiting->start();
    });
  });
  return fetch;
}

void Client::start(std::uint64_t id, ResultCallback done, StartJob start) {
  loop_->post([this, id, done = std::move(done), start = std::move(start)] {
    auto job = std::make_shared<ResultJob>(id, done, forget());
    jobs_[id] = job;
    finder_->find([this, id, job, start] {
      if (jobs_.contains(id)) start(core_, *relays_, job);
    });
  });
}

void Client::start_proxy(std::uint64_t id, ProxySettings settings, ProxyCallbacks callbacks) {
  loop_->post([this, id, settings = std::move(settings), callbacks = std::move(callbacks)]() mutable {
    finder_->find([this] { relays_->meet(settings_.relays); });  // what is found until an app comes may be used for it
    auto job = std::make_shared<Proxy>(core_, *relays_, *finder_, id, std::move(settings), std::move(callbacks), forget());
    jobs_[id] = job;
    job->start();
  });
}

void Client::cancel(std::uint64_t id) {
  loop_->post([this, id] {
    const auto job = jobs_.find(id);
    if (job != jobs_.end()) std::shared_ptr<Job>(job->second)->cancel(base::refusal("cancelled", "the job was cancelled"));
  });
}

void Client::set_budget(std::optional<base::Amount> budget) {
  loop_->post([this, budget] { budget_.set_limit(budget); });
}

}  // namespace ferry::client
