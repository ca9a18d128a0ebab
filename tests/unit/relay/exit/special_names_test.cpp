#include "relay/exit/special_names.hpp"

#include <doctest/doctest.h>

#include "protocol/base/url.hpp"

namespace {

using namespace ferry;
using namespace ferry::relay::exit;

TEST_CASE("special names: a domain holds itself and the names below it, at label borders only") {
  CHECK(is_or_is_below("example.org", "example.org"));
  CHECK(is_or_is_below("a.b.example.org", "example.org"));
  CHECK_FALSE(is_or_is_below("evil-example.org", "example.org"));
  CHECK_FALSE(is_or_is_below("example.org.evil", "example.org"));
  CHECK_FALSE(is_or_is_below("org", "example.org"));
}

TEST_CASE("special names: the lists hold canonical names, or they could never match") {
  for (const auto list : {local_domains(), metadata_domains()}) {
    for (const std::string_view name : list) {
      CAPTURE(name);
      CHECK((base::Host::parse(name) == base::Host{std::string{name}}));
    }
  }
}

TEST_CASE("special names: public names that only look alike are in neither list") {
  for (const std::string_view name : {"evil-localhost", "notlocalhost", "localhost.example.org", "local.example.org", "mylocal", "xinternal",
                                      "metadata.google.internal.example.org", "homes", "example.homelan"}) {
    CAPTURE(name);
    CHECK_FALSE(is_in(name, local_domains()));
    CHECK_FALSE(is_in(name, metadata_domains()));
  }
}

}  // namespace
