#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>

#include "client/cli/commands.hpp"
#include "client/cli/progress_bar.hpp"
#include "client/cli/session.hpp"

namespace ferry::cli {

namespace {

struct GetOptions {
  std::string url;
  std::string output;
  std::string verify = "relay";
  std::string sha256;
  std::vector<std::string> headers;
  std::uint32_t relays_at_once = 4;
  bool resume = false;
  bool head = false;
};

/// What the C callbacks of one download reach through `user`.
struct Download {
  explicit Download(bool show_progress) : bar(show_progress) {}
  Job job;
  ProgressBar bar;
  bool to_stdout = false;
  bool show_head = false;
};

/// The name a browser would choose: the last part of the path, without the query.
std::string name_from(const std::string& url) {
  if (url.starts_with("root:")) return url.substr(url.find(':') + 1);
  auto path = url.substr(0, url.find_first_of("?#"));
  if (const auto scheme = path.find("://"); scheme != std::string::npos) path.erase(0, scheme + 3);
  const auto slash = path.rfind('/');
  auto name = slash == std::string::npos ? std::string() : path.substr(slash + 1);
  if (name.empty() || name == "." || name == "..") name = "index.html";
  return name;
}

bool write_all(const std::uint8_t* bytes, std::size_t count) {
  while (count > 0) {
    const ssize_t written = write(STDOUT_FILENO, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    count -= static_cast<std::size_t>(written);
  }
  return true;
}

void on_head(void* user, std::uint64_t /*id*/, std::int32_t status, const ferry_header* headers, std::size_t count, std::int64_t length) {
  const auto& download = *static_cast<Download*>(user);
  if (!download.show_head) return;
  fmt::print("{}\n", status);
  for (std::size_t i = 0; i < count; ++i) fmt::print("{}: {}\n", headers[i].name, headers[i].value);
  if (length >= 0) fmt::print("(length {})\n", length);
}

std::int32_t on_data(void* user, std::uint64_t /*id*/, std::uint64_t /*offset*/, const std::uint8_t* bytes, std::size_t count) {
  const auto& download = *static_cast<Download*>(user);
  if (!download.to_stdout) return 0;
  return write_all(bytes, count) ? 0 : 1;
}

void on_progress(void* user, std::uint64_t /*id*/, const ferry_progress* progress) {
  static_cast<Download*>(user)->bar.show({progress->bytes_done, progress->bytes_total, progress->charged_btt});
}

void on_done(void* user, std::uint64_t /*id*/, const char* receipt, const ferry_error* error) {
  static_cast<Download*>(user)->job.end(receipt, error);
}

void print_summary(const nlohmann::json& receipt, const std::string& output) {
  std::uint64_t hits = 0;
  for (const auto& relay : receipt["relays"]) hits += relay.value("cache_hits", std::uint64_t{0});
  fmt::print(stderr, "{}: {} in {} chunks, {} from cache, for {} BTT; verification: {}\n", output,
             human_bytes(receipt.value("bytes", std::uint64_t{0})), receipt.value("chunks", std::uint64_t{0}), hits,
             receipt.value("charged", "0"), receipt.value("verification", "none"));
  if (receipt["sha256"].is_string()) fmt::print(stderr, "sha256 {}\n", receipt["sha256"].get<std::string>());
}

/// What a failed download leaves, and how to go on.
void print_leftover(const GetOptions& get) {
  std::error_code ignored;
  if (get.output.empty() || get.output == "-" || !std::filesystem::exists(get.output + ".ferry-part", ignored)) return;
  fmt::print(stderr, "ferry: what arrived is kept in {}.ferry-part; run the same command with --resume to go on\n", get.output);
}

struct Headers {
  std::vector<std::pair<std::string, std::string>> texts;
  std::vector<ferry_header> pointers;
};

/// Empty optional for a malformed header.
std::optional<Headers> split_headers(const std::vector<std::string>& lines) {
  Headers headers;
  for (const auto& line : lines) {
    const auto colon = line.find(':');
    if (colon == std::string::npos || colon == 0) return std::nullopt;
    const auto value = line.find_first_not_of(' ', colon + 1);
    headers.texts.emplace_back(line.substr(0, colon), value == std::string::npos ? "" : line.substr(value));
  }
  for (const auto& [name, value] : headers.texts) headers.pointers.push_back({name.c_str(), value.c_str()});
  return headers;
}

int usage_error(const std::string& message) {
  fmt::print(stderr, "ferry: {}\n", message);
  return kExitUsage;
}

int run_download(const Settings& settings, const GetOptions& get, const Headers& headers) {
  Download download(!settings.quiet);
  download.to_stdout = get.output == "-" && !get.head;
  download.show_head = get.head && !settings.json;
  const Session session(settings);
  if (session.client() == nullptr) return session.failure_code();

  ferry_fetch_request request;
  FERRY_INIT(request);
  request.url = get.url.c_str();
  request.method = get.head ? "HEAD" : "GET";
  request.headers = headers.pointers.data();
  request.header_count = headers.pointers.size();
  request.file_path = get.output == "-" || get.head ? nullptr : get.output.c_str();
  request.resume = get.resume ? 1 : 0;
  request.sha256_hex = get.sha256.empty() ? nullptr : get.sha256.c_str();
  request.verify = get.verify.c_str();
  request.relays_at_once = get.relays_at_once;
  ferry_fetch_callbacks callbacks;
  FERRY_INIT(callbacks);
  callbacks.user = &download;
  callbacks.on_head = &on_head;
  callbacks.on_data = &on_data;
  callbacks.on_progress = &on_progress;
  callbacks.on_done = &on_done;
  std::uint64_t id = 0;
  ferry_error error;
  FERRY_INIT(error);
  if (ferry_fetch(session.client(), &request, &callbacks, &id, &error) != FERRY_OK) return report(error, false);
  const auto ending = download.job.wait(session.client(), id);
  download.bar.clear();
  if (settings.json && (!ending.error || get.output != "-")) fmt::print("{}\n", ending.json);
  if (ending.error) {
    const int code = report(*ending.error, download.job.interrupted());
    const std::string_view name(ending.error->name);
    if (name != "file_busy" && name != "part_of_another_url") print_leftover(get);
    return code;
  }
  const auto receipt = nlohmann::json::parse(ending.json, nullptr, false);
  if (!settings.quiet && !settings.json && !receipt.is_discarded()) print_summary(receipt, get.head ? get.url : get.output);
  return kExitDone;
}

int run_get(const Settings& settings, GetOptions get) {
  if (!has_relay(settings)) return kExitUsage;
  if (get.output.empty() && !get.head && get.url.starts_with("magnet:")) return usage_error("a magnet link has no file name: name one with -o");
  if (get.output.empty() && !get.head) {
    get.output = name_from(get.url);
    std::error_code ignored;
    if (std::filesystem::exists(get.output, ignored)) {
      return usage_error(get.output + " exists already; name a file with -o to replace it");
    }
  }
  if (settings.json && get.output == "-") return usage_error("--json needs standard output for the receipt; write the body to a file with -o FILE");
  if (get.resume && get.output == "-") return usage_error("--resume needs a file: -o FILE");
  const auto headers = split_headers(get.headers);
  if (!headers) return usage_error("a header looks like 'Name: value'");
  return run_download(settings, get, *headers);
}

}  // namespace

void add_get(CLI::App& program, Settings& settings, Run& run) {
  auto options = std::make_shared<GetOptions>();
  auto* command = program.add_subcommand("get", "fetch a URL through a relay, verified and paid chunk by chunk");
  command->add_option("URL", options->url, "http or https; root:HEX or magnet:?xt=urn:btmh:1220HEX for content by its Merkle root")->required();
  command->add_option("--output,-o", options->output, "file to write, - for standard output; default: the last part of the URL")->type_name("FILE|-");
  command
      ->add_option("--verify", options->verify,
                   "the weakest verification that is accepted: relay; quorum=N: N relays of different operators and networks agree on every chunk; quorum=N,relay: or "
                   "one relay's word where relays are answered differently; origin-digest; content-address")
      ->capture_default_str()
      ->type_name("LEVEL");
  command->add_option("--sha256", options->sha256, "the body must have this SHA-256, else nothing is left under the final name")->type_name("HEX");
  command->add_option("--header,-H", options->headers, "a request header, 'Name: value'; repeatable")->allow_extra_args(false);
  command->add_option("--relays-at-once", options->relays_at_once, "relays that bring parts of a large body at the same time; each needs a channel")
      ->capture_default_str()
      ->check(CLI::Range(1, 16));
  command->add_flag("--resume", options->resume, "go on with an interrupted download at the chunk where it stopped; refused when FILE is there already");
  command->add_flag("--head", options->head, "ask for status and headers only");
  add_settings(*command, settings);
  command->callback([&settings, &run, options] { run = [&settings, options] { return run_get(settings, *options); }; });
}

}  // namespace ferry::cli
