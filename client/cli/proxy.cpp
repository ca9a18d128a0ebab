#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/running_proxy.hpp"
#include "client/cli/session.hpp"

namespace ferry::cli {

namespace {

struct ProxyOptions {
  std::vector<std::string> listen{"127.0.0.1:1080"};
  std::string user;
  std::string password;
  bool allow_remote = false;
  std::vector<std::string> exclude;
  std::string local = "refuse";
  std::string budget_per_day, budget_per_hour, budget_per_app;
  std::vector<std::string> app_budgets;
  std::string verify = "relay";
  std::uint32_t relays_at_once = 2;
  bool race = false;
};

/// What the C callbacks reach through `user`.
struct Running {
  Job job;
  std::string data_dir;
  bool json = false;
  bool quiet = false;
};

/// An app's connection and a tunnel's each need a descriptor.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void on_ready(void* user, std::uint64_t /*id*/, const char* text) {
  const auto& running = *static_cast<Running*>(user);
  const auto ready = nlohmann::json::parse(text, nullptr, false);
  nlohmann::ordered_json line{{"event", "ready"}, {"proxy", ready["proxy"]}, {"pac", ready["pac"]}, {"listen", ready["listen"]}, {"pid", getpid()}};
  fmt::print("{}\n", line.dump());
  remember_proxy(running.data_dir, ready["proxy"].get<std::string>());
  std::fflush(stdout);
  if (running.quiet || running.json) return;
  const auto address = ready["proxy"].get<std::string>();
  fmt::print(stderr,
             "ferry: SOCKS and HTTP proxy on {0}; try: curl -x http://{0} http://example.org/\n"
             "ferry: what it spends: http://{0}/ (in a browser that uses it: http://ferry.local/); automatic configuration: http://{0}/proxy.pac\n",
             address);
}

std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> out;
  for (const auto& text : texts) out.push_back(text.c_str());
  return out;
}

/// "NAME=BTT"; nullopt for anything else.
std::optional<std::vector<std::pair<std::string, std::string>>> split_app_budgets(const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, std::string>> split;
  for (const auto& text : texts) {
    const auto equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) return std::nullopt;
    split.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return split;
}

int run_proxy(const Settings& settings, const ProxyOptions& given) {
  if (!has_relay(settings)) return kExitUsage;
  const auto app_budgets = split_app_budgets(given.app_budgets);
  if (!app_budgets) {
    fmt::print(stderr, "ferry: an app's budget looks like NAME=BTT, for example --app-budget browser=500\n");
    return kExitUsage;
  }
  raise_descriptor_limit();
  const Session session(settings);
  if (session.client() == nullptr) return session.failure_code();

  const auto listen = pointers(given.listen);
  const auto exclude = pointers(given.exclude);
  std::vector<ferry_app_budget> apps;
  for (const auto& [app, amount] : *app_budgets) apps.push_back({app.c_str(), amount.c_str()});
  ferry_proxy_options options;
  FERRY_INIT(options);
  options.listen = listen.data();
  options.listen_count = listen.size();
  options.user = or_null(given.user);
  options.password = or_null(given.password);
  options.allow_remote = given.allow_remote ? 1 : 0;
  options.exclude = exclude.data();
  options.exclude_count = exclude.size();
  options.local_direct = given.local == "direct" ? 1 : 0;
  options.budget_per_day_btt = or_null(given.budget_per_day);
  options.budget_per_hour_btt = or_null(given.budget_per_hour);
  options.budget_per_app_btt = or_null(given.budget_per_app);
  options.app_budgets = apps.data();
  options.app_budget_count = apps.size();
  options.verify = given.verify.c_str();
  options.relays_at_once = given.relays_at_once;
  options.race = given.race ? 1 : 0;

  Running running;
  running.data_dir = settings.data_dir;
  running.json = settings.json;
  running.quiet = settings.quiet;
  std::uint64_t id = 0;
  ferry_error error;
  FERRY_INIT(error);
  const auto done = [](void* user, std::uint64_t number, const char* json, const ferry_error* why) {
    Job::on_result(&static_cast<Running*>(user)->job, number, json, why);
  };
  if (ferry_proxy_start(session.client(), &options, &on_ready, done, &running, &id, &error) != FERRY_OK) return report(error, false);
  const auto ending = running.job.wait(session.client(), id);
  forget_proxy(settings.data_dir);
  // Ctrl-C and SIGTERM are how it is meant to end.
  return ending.error ? report(*ending.error, running.job.interrupted()) : kExitDone;
}

}  // namespace

void add_proxy(CLI::App& program, Settings& settings, Run& run) {
  auto options = std::make_shared<ProxyOptions>();
  auto* command = program.add_subcommand("proxy", "a local SOCKS and HTTP proxy: every app that uses it is carried by relays, within the budget you set");
  const auto list = [&](const char* flags, std::vector<std::string>& target, const char* env, const char* help) {
    return command->add_option(flags, target, help)->envname(env)->delimiter(',')->allow_extra_args(false);
  };
  list("--listen", options->listen, "FERRY_LISTEN", "where apps connect; SOCKS4, SOCKS4a, SOCKS5 and HTTP on one port; repeat for more ports, each counts as an app")
      ->capture_default_str()
      ->type_name("HOST:PORT");
  list("--exclude", options->exclude, "FERRY_EXCLUDE", "goes straight, not through a relay: example.org, *.example.org, 10.0.0.0/8; repeatable")->type_name("PATTERN");
  command->add_option("--local", options->local, "destinations on this machine and its own network never go to a relay: refuse them, or connect straight")
      ->capture_default_str()
      ->envname("FERRY_LOCAL")
      ->check(CLI::IsMember({"refuse", "direct"}));
  command->add_option("--user", options->user, "apps must give this user name")->envname("FERRY_USER")->type_name("NAME");
  command->add_option("--password", options->password, "and this password (better set by FERRY_PASSWORD or the configuration file)")->envname("FERRY_PASSWORD");
  command->add_flag("--allow-remote", options->allow_remote, "listen on more than loopback; needs a password")->envname("FERRY_ALLOW_REMOTE");
  command->add_option("--budget-per-day", options->budget_per_day, "hard stop for a day (UTC)")->envname("FERRY_BUDGET_PER_DAY")->type_name("BTT");
  command->add_option("--budget-per-hour", options->budget_per_hour, "hard stop for an hour (UTC)")->envname("FERRY_BUDGET_PER_HOUR")->type_name("BTT");
  command->add_option("--budget-per-app", options->budget_per_app, "hard stop for a day of each app")->envname("FERRY_BUDGET_PER_APP")->type_name("BTT");
  list("--app-budget", options->app_budgets, "FERRY_APP_BUDGET", "the same for one app, by its SOCKS or proxy user name, or as \"port 1080\"; repeatable")
      ->type_name("NAME=BTT");
  command
      ->add_option("--verify", options->verify,
                   "the weakest verification of what is fetched (plain http:// GET and HEAD) that is accepted: relay; quorum=N; quorum=N,relay or quorum=N,tunnel: "
                   "what relays are answered differently about is one relay's word, or goes through a tunnel; origin-digest; else apps get an error page")
      ->capture_default_str()
      ->envname("FERRY_VERIFY")
      ->type_name("LEVEL");
  command->add_option("--relays-at-once", options->relays_at_once, "relays that bring parts of one large fetched body at the same time; each needs a channel")
      ->capture_default_str()
      ->envname("FERRY_RELAYS_AT_ONCE")
      ->check(CLI::Range(1, 16));
  command->add_flag("--race", options->race, "for what is fetched, two relays are asked at once, and the one that answers first brings it: quicker, for one more request and at most a chunk")->envname("FERRY_RACE");
  add_settings(*command, settings);
  command->callback([&settings, &run, options] { run = [&settings, options] { return run_proxy(settings, *options); }; });
}

}  // namespace ferry::cli
