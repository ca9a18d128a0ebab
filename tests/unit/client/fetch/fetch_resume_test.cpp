// Files that are fetched in several attempts: what a kill leaves at each step, what cannot be used, and what never gets the final name.

#include "client/fetch/fetch.hpp"
#include "tests/unit/client/fetch/samples.hpp"

namespace ferry::client {

using namespace testing;
namespace fs = std::filesystem;

namespace {

std::string text_of_file(const fs::path& path) {
  const auto bytes = read_all(path);
  return {bytes.begin(), bytes.end()};
}

/// A client that stopped, as a kill would, after the first three chunks of the file; then `damage` is done to what it left, and another process
/// goes on with it.
struct Interrupted {
  TestLedger ledger;
  TestRelay relay{ledger};
  std::optional<TestClient> client;
  fs::path file;

  explicit Interrupted(TestObject object = object_of(kSize)) {
    relay.serve(kUrl, std::move(object));
    relay.set([](Cheats& cheats) { cheats.stall_at_chunk = 3; });
    client.emplace(std::vector{&relay});
    file = client->scratch() / "file";
    auto pending = client->start(into_file(*client, file));
    pending.wait_for_bytes(3 * kChunk);
    client->client().cancel(pending.id());
    pending.wait();
    relay.set([](Cheats& cheats) { cheats.stall_at_chunk.reset(); });
    client->restart();
  }
  Fetched go_on() { return client->fetch(into_file(*client, file, true)); }
  SeenRequest last_request() const { return relay.requests().back(); }
  std::string restarted() const {
    const auto events = client->events("fetch_restarted");
    return events.empty() ? std::string{} : events.back()["name"].get<std::string>();
  }
};

}  // namespace

TEST_CASE("resume: a file appears under its name only when it is whole") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kSize));
  TestClient client({&relay});
  const auto file = client.scratch() / "file";
  auto pending = client.start(into_file(client, file), [&](FetchCallbacks& callbacks) {
    callbacks.on_data = [&](std::uint64_t, base::ByteView) { return !is_there(file) && is_there(part_of(file)); };
  });
  const auto fetched = pending.wait();
  CHECK(fetched.code() == "");
  CHECK(read_all(file) == pattern(kSize));
  CHECK(fetched.receipt["sha256"] == base::sha256(base::ByteView{pattern(kSize)}).hex());
  CHECK_FALSE(is_there(part_of(file)));
  CHECK_FALSE(is_there(state_of(file)));
}

TEST_CASE("resume: killed after any chunk, another process goes on there and both sides agree") {
  for (std::uint64_t chunks = 0; chunks <= 5; ++chunks) {
    CAPTURE(chunks);
    TestLedger ledger;
    TestRelay relay(ledger);
    relay.serve(kUrl, object_of(kSize));
    relay.set([&](Cheats& cheats) { cheats.stall_at_chunk = chunks; });
    TestClient killed({&relay});
    const auto file = killed.scratch() / "file";
    auto pending = killed.start(into_file(killed, file));
    if (chunks > 0) pending.wait_for_bytes(chunks * kChunk);
    relay.wait_for([&] { return !relay.requests().empty() && !relay.channels().empty() && !only_channel(relay).charged.is_zero(); });

    // What the disk holds at this moment is all that a kill leaves; nothing that is signed later may reach the relay.
    relay.set_listening(false);
    relay.drop_connections();
    const ScratchDir copy;
    fs::copy(killed.scratch().path(), copy.path(), fs::copy_options::recursive);
    killed.close();
    relay.set([](Cheats& cheats) { cheats.stall_at_chunk.reset(); });
    relay.set_listening(true);
    TestClient next({&relay}, [&](ClientSettings& settings) { settings.data_dir = copy / "data"; });
    const auto fetched = next.fetch(into_file(next, copy / "file", true));
    CHECK(fetched.code() == "");
    CHECK(read_all(copy / "file") == pattern(kSize));
    CHECK(fetched.receipt["resumed_from"] == chunks * kChunk);
    CHECK(relay.channels().size() == 1);
    check_agreement(next, relay);
  }
}

TEST_CASE("resume: asks for the rest only, and for the same object") {
  Interrupted fetch;
  const auto rest = fetch.go_on();
  CHECK(rest.code() == "");
  CHECK(read_all(fetch.file) == pattern(kSize));
  CHECK(fetch.last_request().first_chunk == 3);
  CHECK(fetch.last_request().if_validator == "\"v1\"");
  CHECK(rest.receipt["resumed_from"] == 3 * kChunk);
  CHECK(rest.receipt["bytes"] == kSize);
  CHECK(rest.receipt["chunks"] == 6);
  CHECK(rest.receipt["sha256"] == base::sha256(base::ByteView{pattern(kSize)}).hex());
  CHECK(rest.receipt["root"].is_string());
  CHECK(fetch.restarted() == "");
}

TEST_CASE("resume: without the wish to resume it begins anew") {
  Interrupted fetch;
  CHECK(fetch.client->fetch(into_file(*fetch.client, fetch.file)).receipt["resumed_from"] == 0);
  CHECK(read_all(fetch.file) == pattern(kSize));
}

TEST_CASE("resume: a state whose last line was cut short loses that chunk only") {
  Interrupted fetch;
  auto text = text_of_file(state_of(fetch.file));
  text.resize(text.size() - 10);
  write_all(state_of(fetch.file), base::Bytes(text.begin(), text.end()));
  CHECK(fetch.go_on().code() == "");
  CHECK(fetch.last_request().first_chunk == 2);
  CHECK(read_all(fetch.file) == pattern(kSize));
}

TEST_CASE("resume: a byte that changed on disk is fetched again, and nothing else of what is there") {
  Interrupted fetch;
  auto bytes = read_all(part_of(fetch.file));
  bytes[kChunk + 7] ^= 1U;
  write_all(part_of(fetch.file), bytes);
  const auto asked = fetch.relay.requests().size();
  const auto rest = fetch.go_on();
  CHECK(rest.code() == "");
  CHECK(read_all(fetch.file) == pattern(kSize));
  const auto requests = fetch.relay.requests();
  REQUIRE(requests.size() == asked + 2);
  CHECK(requests[asked].first_chunk == 1);
  CHECK(requests[asked].chunk_count == 1);
  CHECK(requests[asked + 1].first_chunk == 3);
  CHECK(rest.receipt["sha256"] == base::sha256(base::ByteView{pattern(kSize)}).hex());
}

TEST_CASE("resume: a part that is gone or too short is fetched again") {
  for (const std::size_t left : {std::size_t{0}, kChunk, 2 * kChunk + 1}) {
    CAPTURE(left);
    Interrupted fetch;
    fs::resize_file(part_of(fetch.file), left);
    CHECK(fetch.go_on().code() == "");
    CHECK(fetch.last_request().first_chunk == left / kChunk);
    CHECK(read_all(fetch.file) == pattern(kSize));
  }
}

TEST_CASE("resume: a state that is no state starts anew") {
  Interrupted fetch;
  write_all(state_of(fetch.file), pattern(5000));
  CHECK(fetch.go_on().code() == "");
  CHECK(fetch.restarted() == "no_state");
  CHECK(read_all(fetch.file) == pattern(kSize));
}

TEST_CASE("resume: the part of another URL is left alone unless a new start is wanted") {
  Interrupted fetch;
  fetch.relay.serve("http://origin.test/other", object_of(kSize, 2));
  auto request = fetch.client->request("http://origin.test/other");
  request.file = fetch.file;
  request.resume = true;
  const auto part = read_all(part_of(fetch.file));
  const auto refused = fetch.client->fetch(request);
  CHECK(refused.code() == "part_of_another_url");
  CHECK(refused.error->message.find(kUrl) != std::string::npos);
  CHECK(refused.charged().is_zero());
  CHECK(read_all(part_of(fetch.file)) == part);
  CHECK(fetch.go_on().receipt["resumed_from"] == 3 * kChunk);
  request.resume = false;
  CHECK(fetch.client->fetch(request).code() == "");
  CHECK(read_all(fetch.file) == pattern(kSize, 2));
}

TEST_CASE("resume: a file that is there is not bought again") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kSize));
  TestClient client({&relay});
  const auto file = client.scratch() / "file";
  CHECK(client.fetch(into_file(client, file, true)).code() == "");
  const auto asked = relay.requests().size();
  // Killed between the name and the end, it would leave its state.
  for (const bool has_state : {false, true}) {
    CAPTURE(has_state);
    if (has_state) write_all(state_of(file), {'{', '"', 'u', 'r', 'l'});
    const auto refused = client.fetch(into_file(client, file, true));
    CHECK(refused.code() == "file_exists");
    CHECK(refused.error->message.find("resume") != std::string::npos);
    CHECK(relay.requests().size() == asked);
    CHECK(read_all(file) == pattern(kSize));
    CHECK_FALSE(is_there(part_of(file)));
    CHECK_FALSE(is_there(state_of(file)));
  }
  CHECK(client.fetch(into_file(client, file)).code() == "");
}

TEST_CASE("resume: a file that was being replaced goes on being replaced") {
  Interrupted fetch;
  write_all(fetch.file, {1, 2, 3});
  CHECK(fetch.go_on().receipt["resumed_from"] == 3 * kChunk);
  CHECK(read_all(fetch.file) == pattern(kSize));
}

TEST_CASE("resume: an object that changed meanwhile is fetched anew, and the user is told") {
  Interrupted fetch;
  auto changed = object_of(kSize + 1, 2);
  changed.validator = "\"v2\"";
  fetch.relay.serve(kUrl, changed);
  const auto rest = fetch.go_on();
  CHECK(rest.code() == "");
  CHECK(fetch.restarted() == "object_changed");
  CHECK(read_all(fetch.file) == pattern(kSize + 1, 2));
  CHECK(rest.receipt["resumed_from"] == 0);
}

TEST_CASE("resume: a relay that hides the change is seen through by the validator") {
  Interrupted fetch;
  auto changed = object_of(kSize, 2);
  changed.validator = "\"v2\"";
  fetch.relay.serve(kUrl, changed);
  fetch.relay.set([](Cheats& cheats) { cheats.ignores_validator = true; });
  CHECK(fetch.go_on().code() == "");
  CHECK(fetch.restarted() == "object_changed");
  CHECK(read_all(fetch.file) == pattern(kSize, 2));
}

TEST_CASE("resume: an object without a validator is fetched anew") {
  auto object = object_of(kSize);
  object.validator.clear();
  Interrupted fetch(std::move(object));
  CHECK(fetch.go_on().code() == "");
  CHECK(fetch.restarted() == "no_validator");
  CHECK(read_all(fetch.file) == pattern(kSize));
}

TEST_CASE("resume: killed between the last chunk and the name, one chunk is asked for again") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kSize));
  TestClient client({&relay});
  const auto file = client.scratch() / "file";
  const ScratchDir copy;
  auto pending = client.start(into_file(client, file), [&](FetchCallbacks& callbacks) {
    callbacks.on_progress = [&](const FetchProgress& progress) {
      if (progress.bytes_done < kSize) return;
      for (const auto& left : {part_of(file), state_of(file)}) fs::copy(left, copy.path() / left.filename());
    };
  });
  CHECK(pending.wait().code() == "");
  const auto rest = client.fetch(into_file(client, copy / "file", true));
  CHECK(rest.code() == "");
  CHECK(relay.requests().back().first_chunk == 5);
  CHECK(read_all(copy / "file") == pattern(kSize));
}

TEST_CASE("resume: a cancelled fetch can be taken up at once in the same client") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kSize));
  TestClient client({&relay});
  const auto file = client.scratch() / "file";
  auto pending = client.start(into_file(client, file), [](FetchCallbacks& callbacks) {
    callbacks.on_data = [](std::uint64_t offset, base::ByteView) { return offset < 2 * kChunk; };
  });
  CHECK(pending.wait().code() == "cancelled");
  CHECK(client.fetch(into_file(client, file, true)).code() == "");
  CHECK(read_all(file) == pattern(kSize));
}

TEST_CASE("resume: a file that another fetch writes is left alone") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kSize));
  relay.set([](Cheats& cheats) { cheats.stall_at_chunk = 1; });
  TestClient client({&relay});
  const auto file = client.scratch() / "file";
  auto pending = client.start(into_file(client, file));
  pending.wait_for_bytes(kChunk);
  CHECK(client.fetch(into_file(client, file)).code() == "file_busy");
  client.close();
}

TEST_CASE("resume: a directory that does not exist is named") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kSize));
  TestClient client({&relay});
  const auto fetched = client.fetch(into_file(client, client.scratch() / "nowhere/file"));
  CHECK(fetched.code() == "file_write");
  CHECK(fetched.error->message.find("nowhere") != std::string::npos);
  CHECK(relay.requests().empty());
}

TEST_CASE("files: what is no regular file is refused before anything is bought, and a link stays one") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kSize));
  TestClient client({&relay});
  CHECK(client.fetch(into_file(client, client.scratch().path())).code() == "not_a_file");
  CHECK(client.fetch(into_file(client, "/dev/full")).code() == "not_a_file");
  CHECK(relay.requests().empty());

  const auto file = client.scratch() / "file", link = client.scratch() / "link";
  write_all(file, {1, 2, 3});
  fs::create_symlink(file, link);
  CHECK(client.fetch(into_file(client, link)).code() == "");
  CHECK(fs::is_symlink(link));
  CHECK(read_all(file) == pattern(kSize));
}

TEST_CASE("files: a fetch that brings nothing leaves nothing behind") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.set([](Cheats& cheats) { cheats.refuse_requests = base::refusal("exit_denied", "no"); });
  TestClient client({&relay});
  const auto file = client.scratch() / "file";
  CHECK(client.fetch(into_file(client, file)).code() == "exit_denied");
  CHECK_FALSE(is_there(part_of(file)));
  CHECK_FALSE(is_there(state_of(file)));
}

}  // namespace ferry::client
