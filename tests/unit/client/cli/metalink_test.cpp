#include "client/cli/metalink.hpp"

#include <doctest/doctest.h>

namespace ferry::cli {

namespace {

const std::string kSum(64, 'a');

std::string document(const std::string& inside) { return R"(<?xml version="1.0" encoding="UTF-8"?><metalink xmlns="urn:ietf:params:xml:ns:metalink">)" + inside + "</metalink>"; }

std::string file_with(const std::string& inside, const std::string& name = "a.iso") { return document("<file name=\"" + name + "\">" + inside + "</file>"); }

std::string error_of(const std::string& text) {
  const auto metalink = read_metalink(text);
  CHECK(metalink.files.empty() == !metalink.error.empty());
  return metalink.error;
}

}  // namespace

TEST_CASE("metalink: a file has a name, a length, a checksum and URLs by priority") {
  const auto metalink = read_metalink(file_with("<size>1048576</size><hash type=\"md5\">00</hash><hash type=\"sha-256\"> " + kSum + "\n</hash>"
                                                "<pieces length=\"262144\" type=\"sha-256\"><hash>bb</hash></pieces>"
                                                "<url>http://last.test/a</url><url priority=\"2\">https://second.test/a?b=1&amp;c=2</url>"
                                                "<url priority=\"1\" location=\"de\">http://first.test/a</url><metaurl>http://x.test/a.torrent</metaurl>"));
  REQUIRE(metalink.error == "");
  REQUIRE(metalink.files.size() == 1);
  CHECK(metalink.files[0] == MetalinkFile{"a.iso", 1'048'576, kSum, {"http://first.test/a", "https://second.test/a?b=1&c=2", "http://last.test/a"}});
}

TEST_CASE("metalink: only URLs that can be fetched count") {
  const auto metalink = read_metalink(file_with("<url>ftp://a.test/a</url><url>http://a.test/\x01</url><url></url><url>http://a.test/a b</url><url> https://a.test/a </url>"));
  REQUIRE(metalink.files.size() == 1);
  CHECK(metalink.files[0].urls == std::vector<std::string>{"https://a.test/a"});
}

TEST_CASE("metalink: a name never leads out of the directory, nor into another one") {
  CHECK(read_metalink(file_with("", "deep/er/a.iso")).files[0].name == "a.iso");
  for (const char* name : {"", "..", "a/..", "/", ".", "-rf", "a\x07", "../"}) {
    CAPTURE(name);
    CHECK(error_of(file_with("", name)) == "a file in it has no name that can be used");
  }
  CHECK(read_metalink(file_with("", "../../etc/passwd")).files[0].name == "passwd");
}

TEST_CASE("metalink: what is no such document says why") {
  CHECK(error_of("") != "");
  CHECK(error_of("<html></html>") == "it is no metalink document");
  CHECK(error_of("<metalink").starts_with("it is no XML"));
  CHECK(error_of("<metalink version=\"3.0\" xmlns=\"http://www.metalinker.org/\"></metalink>").starts_with("it is not of version 4"));
  CHECK(error_of(document("")) == "there is no file in it");
  CHECK(error_of(file_with("<size>-1</size>")) == "the size of a.iso is no number");
  CHECK(error_of(file_with("<size>99999999999999999999</size>")) == "the size of a.iso is no number");
  CHECK(error_of(file_with("<hash type=\"sha-256\">abc</hash>")).starts_with("the sha-256 of a.iso"));
  CHECK(error_of(file_with("<hash type=\"sha-256\">" + kSum + "</hash><hash type=\"sha-256\">" + kSum + "</hash>")).starts_with("the sha-256 of a.iso"));
  CHECK(error_of(std::string(kMaxMetalinkBytes + 1, ' ')).starts_with("it is larger"));
  std::string many;
  for (std::size_t i = 0; i <= kMaxMetalinkFiles; ++i) many += "<file name=\"a\"/>";
  CHECK(error_of(document(many)).starts_with("it has more than 1000"));
}

TEST_CASE("metalink: entities of a document are not expanded, and deep ones do not hurt") {
  const auto bomb = read_metalink("<!DOCTYPE m [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><metalink xmlns=\"urn:ietf:params:xml:ns:metalink\"><file name=\"&b;\"/></metalink>");
  REQUIRE(bomb.files.size() == 1);
  CHECK(bomb.files[0].name == "&b;");
  std::string deep;
  for (int i = 0; i < 200'000; ++i) deep += "<a>";
  CHECK(error_of(document(deep)) != "");
}

}  // namespace ferry::cli
