#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>
#include <variant>

#include "client/cli/commands.hpp"
#include "client/cli/metalink.hpp"
#include "client/cli/progress_bar.hpp"
#include "client/cli/session.hpp"
#include "client/cli/text_file.hpp"

namespace ferry::cli {

namespace {

struct GetOptions {
  std::string url;
  std::string output;
  std::string metalink;
  std::string metalink_name;
  std::string verify = "relay";
  std::string sha256;
  std::vector<std::string> headers;
  std::uint32_t relays_at_once = 4;
  bool race = false;
  bool resume = false;
  bool head = false;
};

/// A file, and where it can be had, best first.
struct Wanted {
  std::vector<std::string> urls;
  std::optional<std::uint64_t> size;
};

/// What the C callbacks of one download reach through `user`.
struct Download {
  explicit Download(bool show_progress) : bar(show_progress) {}
  ferry_client* client = nullptr;
  Job job;
  ProgressBar bar;
  bool is_of_metalink = false;
  std::optional<std::uint64_t> size;   ///< it must have
  std::optional<ferry_error> unfit;    ///< by its head it is not what the metalink means
  bool to_stdout = false;
  bool wrote = false;  ///< to standard output, from where nothing can be taken back
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

/// Nothing of it goes anywhere then, not even to standard output.
std::optional<ferry_error> unfit(const Download& download, std::int32_t status, std::int64_t length) {
  ferry_error error;
  FERRY_INIT(error);
  error.code = FERRY_REFUSED;
  if (status < 200 || status >= 300) {
    fmt::format_to_n(error.name, sizeof error.name - 1, "http_status");
    fmt::format_to_n(error.message, sizeof error.message - 1, "the origin answers with status {}", status);
    return error;
  }
  if (!download.size || length < 0 || static_cast<std::uint64_t>(length) == *download.size) return std::nullopt;
  fmt::format_to_n(error.name, sizeof error.name - 1, "length_differs");
  fmt::format_to_n(error.message, sizeof error.message - 1, "the origin has {} bytes where the metalink says {}", length, *download.size);
  return error;
}

void on_head(void* user, std::uint64_t id, std::int32_t status, const ferry_header* headers, std::size_t count, std::int64_t length) {
  auto& download = *static_cast<Download*>(user);
  if (download.is_of_metalink) download.unfit = unfit(download, status, length);
  if (download.unfit) ferry_cancel(download.client, id);
  if (!download.show_head) return;
  fmt::print("{}\n", status);
  for (std::size_t i = 0; i < count; ++i) fmt::print("{}: {}\n", headers[i].name, headers[i].value);
  if (length >= 0) fmt::print("(length {})\n", length);
}

std::int32_t on_data(void* user, std::uint64_t /*id*/, std::uint64_t /*offset*/, const std::uint8_t* bytes, std::size_t count) {
  auto& download = *static_cast<Download*>(user);
  if (!download.to_stdout) return 0;
  download.wrote = true;
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

/// Another place may have what this one has not.
bool is_of_place(const ferry_error& error) {
  const std::string_view name(error.name);
  return name.starts_with("origin_") || name.starts_with("exit_") || name == "http_status" || name == "checksum_mismatch" || name == "length_differs" ||
         name == "part_of_another_url";
}

Ending download_from(const std::string& url, const GetOptions& get, const Headers& headers, Download& download) {
  ferry_fetch_request request;
  FERRY_INIT(request);
  request.url = url.c_str();
  request.method = get.head ? "HEAD" : "GET";
  request.headers = headers.pointers.data();
  request.header_count = headers.pointers.size();
  request.file_path = get.output == "-" || get.head ? nullptr : get.output.c_str();
  request.resume = get.resume ? 1 : 0;
  request.sha256_hex = get.sha256.empty() ? nullptr : get.sha256.c_str();
  request.verify = get.verify.c_str();
  request.relays_at_once = get.relays_at_once;
  request.race = get.race ? 1 : 0;
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
  if (ferry_fetch(download.client, &request, &callbacks, &id, &error) != FERRY_OK) return {{}, error};
  auto ending = download.job.wait(download.client, id);
  download.bar.clear();
  if (ending.error && download.unfit && !download.job.interrupted()) ending.error = download.unfit;
  return ending;
}

/// The exit code; nothing when the next place is worth a try.
std::optional<int> try_place(const Settings& settings, const GetOptions& get, const Wanted& wanted, std::size_t place, const Headers& headers,
                             ferry_client* client) {
  Download download(!settings.quiet);
  download.client = client;
  download.is_of_metalink = !get.metalink.empty();
  download.size = wanted.size;
  download.to_stdout = get.output == "-" && !get.head;
  download.show_head = get.head && !settings.json;
  const auto ending = download_from(wanted.urls[place], get, headers, download);
  const bool may_go_on = place + 1 < wanted.urls.size() && !download.wrote && !download.job.interrupted();
  if (ending.error && may_go_on && is_of_place(*ending.error)) {
    if (!settings.quiet) fmt::print(stderr, "ferry: {}: {}; trying the next place\n", wanted.urls[place], ending.error->message);
    return std::nullopt;
  }
  if (settings.json && !ending.json.empty() && (!ending.error || get.output != "-")) fmt::print("{}\n", ending.json);
  if (ending.error) {
    const int code = report(*ending.error, download.job.interrupted());
    const std::string_view name(ending.error->name);
    if (name != "file_busy" && name != "part_of_another_url") print_leftover(get);
    return code;
  }
  const auto receipt = nlohmann::json::parse(ending.json, nullptr, false);
  if (!settings.quiet && !settings.json && !receipt.is_discarded()) print_summary(receipt, get.head ? wanted.urls[place] : get.output);
  return kExitDone;
}

int run_download(const Settings& settings, const GetOptions& get, const Wanted& wanted, const Headers& headers) {
  const Session session(settings);
  if (session.client() == nullptr) return session.failure_code();
  for (std::size_t place = 0;; ++place) {
    if (const auto code = try_place(settings, get, wanted, place, headers, session.client())) return *code;
  }
}

/// The file that is meant; an error's text otherwise.
std::variant<MetalinkFile, std::string> choose_file(const Metalink& metalink, const GetOptions& get) {
  if (!metalink.error.empty()) return get.metalink + ": " + metalink.error;
  std::string names;
  for (const auto& file : metalink.files) {
    if (get.metalink_name == file.name || (get.metalink_name.empty() && metalink.files.size() == 1)) return file;
    if (names.size() < 1000) names += " " + file.name;
  }
  return get.metalink + " has these files, say which by --metalink-name:" + names;
}

/// Completes what the command line says. Nothing, or why not.
std::optional<std::string> take_from_metalink(GetOptions& get, Wanted& wanted) {
  const auto text = read_text_file(get.metalink, kMaxMetalinkBytes);
  if (!text) return get.metalink + " cannot be read, or is larger than " + human_bytes(kMaxMetalinkBytes);
  const auto chosen = choose_file(read_metalink(*text), get);
  if (const auto* why = std::get_if<std::string>(&chosen)) return *why;
  const auto& file = std::get<MetalinkFile>(chosen);
  if (file.sha256.empty()) return get.metalink + " has no sha-256 of " + file.name + ": it verifies nothing";
  if (get.url.empty() && file.urls.empty()) return get.metalink + " has no http or https URL of " + file.name + ": name one";
  if (get.url.empty()) wanted.urls = file.urls;
  wanted.size = file.size;
  get.sha256 = file.sha256;
  if (get.output.empty()) get.output = file.name;
  return std::nullopt;
}

int run_get(const Settings& settings, GetOptions get) {
  if (get.url.empty() && get.metalink.empty()) return usage_error("what to fetch? Name a URL, or a metalink with --metalink FILE");
  if (!has_relay(settings)) return kExitUsage;
  const bool names_output = !get.output.empty();
  Wanted wanted;
  if (!get.url.empty()) wanted.urls.push_back(get.url);
  if (!get.metalink.empty()) {
    if (const auto why = take_from_metalink(get, wanted)) return usage_error(*why);
  }
  if (get.output.empty() && !get.head && get.url.starts_with("magnet:")) return usage_error("a magnet link has no file name: name one with -o");
  if (!names_output && !get.head) {
    if (get.output.empty()) get.output = name_from(get.url);
    std::error_code ignored;
    if (std::filesystem::exists(get.output, ignored)) {
      return usage_error(get.output + " exists already; name a file with -o to replace it");
    }
  }
  if (settings.json && get.output == "-") return usage_error("--json needs standard output for the receipt; write the body to a file with -o FILE");
  if (get.resume && get.output == "-") return usage_error("--resume needs a file: -o FILE");
  const auto headers = split_headers(get.headers);
  if (!headers) return usage_error("a header looks like 'Name: value'");
  return run_download(settings, get, wanted, *headers);
}

}  // namespace

void add_get(CLI::App& program, Settings& settings, Run& run) {
  auto options = std::make_shared<GetOptions>();
  auto* command = program.add_subcommand("get", "fetch a URL through a relay, verified and paid chunk by chunk");
  command->add_option("URL", options->url, "http or https; root:HEX or magnet:?xt=urn:btmh:1220HEX for content by its Merkle root; with --metalink not needed");
  auto* metalink = command->add_option("--metalink", options->metalink,
                                       "a Metalink document (RFC 5854, *.meta4) that you trust: the file must have the SHA-256 and length that it names, and comes from the URLs "
                                       "that it names, the next one when one fails")
                       ->type_name("FILE");
  command->add_option("--metalink-name", options->metalink_name, "which of the files in it")->needs(metalink)->type_name("NAME");
  command->add_option("--output,-o", options->output, "file to write, - for standard output; default: the last part of the URL")->type_name("FILE|-");
  command
      ->add_option("--verify", options->verify,
                   "the weakest verification that is accepted: relay; quorum=N: N relays of different operators and networks agree on every chunk; quorum=N,relay: or "
                   "one relay's word where relays are answered differently; origin-digest; content-address")
      ->capture_default_str()
      ->type_name("LEVEL");
  command->add_option("--sha256", options->sha256, "the body must have this SHA-256, else nothing is left under the final name")
      ->excludes(metalink)
      ->type_name("HEX");
  command->add_option("--header,-H", options->headers, "a request header, 'Name: value'; repeatable")->allow_extra_args(false);
  command->add_option("--relays-at-once", options->relays_at_once, "relays that bring parts of a large body at the same time; each needs a channel")
      ->capture_default_str()
      ->check(CLI::Range(1, 16));
  command->add_flag("--race", options->race, "two relays are asked at once, and the one that answers first brings it: quicker, for one more request and at most a chunk");
  command->add_flag("--resume", options->resume, "go on with an interrupted download at the chunk where it stopped; refused when FILE is there already");
  command->add_flag("--head", options->head, "ask for status and headers only");
  add_settings(*command, settings);
  command->callback([&settings, &run, options] { run = [&settings, options] { return run_get(settings, *options); }; });
}

}  // namespace ferry::cli
