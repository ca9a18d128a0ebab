// Whole bodies against what somebody said about them: a mismatch never leaves a file.

#include "client/fetch/fetch.hpp"
#include "tests/unit/client/fetch/samples.hpp"

namespace ferry::client {

using namespace testing;

TEST_CASE("checksum: a mismatch never leaves a file, and an older one stays as it was") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kSize));
  TestClient client({&relay});
  const auto file = client.scratch() / "file";
  write_all(file, base::Bytes{1, 2, 3});
  auto request = into_file(client, file);
  request.sha256 = base::sha256(base::ByteView{pattern(10)});
  const auto fetched = client.fetch(request);
  CHECK(fetched.code() == "checksum_mismatch");
  CHECK(read_all(file) == base::Bytes{1, 2, 3});
  CHECK_FALSE(is_there(part_of(file)));
  CHECK_FALSE(is_there(state_of(file)));
}

TEST_CASE("checksum: the right one raises what the body is worth") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kSize));
  TestClient client({&relay});
  auto request = into_file(client, client.scratch() / "file");
  request.sha256 = base::sha256(base::ByteView{pattern(kSize)});
  CHECK(client.fetch(request).receipt["verification"] == "origin-digest");
  request.file.reset();
  const auto streamed = client.fetch(request);
  CHECK(streamed.code() == "");
  CHECK(streamed.receipt["sha256"] == request.sha256->hex());
  request.sha256 = base::sha256(base::ByteView{pattern(9)});
  CHECK(client.fetch(request).code() == "checksum_mismatch");
}

TEST_CASE("checksum: a level that nobody vouches for is refused before the body is bought") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kSize));
  TestClient client({&relay});
  auto request = into_file(client, client.scratch() / "file");
  request.verify = content::VerificationLevel::origin_digest;
  const auto fetched = client.fetch(request);
  CHECK(fetched.code() == "verification_not_reached");
  CHECK(relay.chunks_sent() == 0);
  CHECK_FALSE(is_there(*request.file));
}

TEST_CASE("checksum: the origin's own digest is checked") {
  TestLedger ledger;
  TestRelay relay(ledger);
  auto object = object_of(1);
  object.body = {'h', 'e', 'l', 'l', 'o'};
  object.headers.push_back({"repr-digest", "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:"});
  relay.serve(kUrl, object);
  TestClient client({&relay});
  auto request = into_file(client, client.scratch() / "file");
  request.verify = content::VerificationLevel::origin_digest;
  CHECK(client.fetch(request).receipt["verification"] == "origin-digest");
  object.body[0] = 'H';
  relay.serve(kUrl, object);
  CHECK(client.fetch(request).code() == "checksum_mismatch");
}

TEST_CASE("a status that is no success leaves no file") {
  TestLedger ledger;
  TestRelay relay(ledger);
  auto object = object_of(kSize);
  object.status = 404;
  relay.serve(kUrl, std::move(object));
  TestClient client({&relay});
  const auto file = client.scratch() / "file";
  const auto fetched = client.fetch(into_file(client, file));
  CHECK(fetched.code() == "http_status");
  CHECK_FALSE(is_there(file));
  CHECK_FALSE(is_there(part_of(file)));
}

}  // namespace ferry::client
