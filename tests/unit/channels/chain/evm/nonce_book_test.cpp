#include "channels/chain/evm/nonce_book.hpp"

#include <doctest/doctest.h>

#include "tests/unit/channels/chain/people.hpp"

using namespace ferry;
using namespace ferry::chain::evm;
using ferry::chain::test::key_of;

TEST_CASE("nonce book: what is given out is not given again until it is released") {
  const auto account = key_of(1).address(), other = key_of(2).address();
  NonceBook book;
  CHECK(book.take(account, 5) == 5);
  CHECK(book.take(account, 5) == 6);
  CHECK(book.take(other, 5) == 5);
  book.release(account, 5);
  CHECK(book.take(account, 5) == 5);
  CHECK(book.take(account, 5) == 7);
  CHECK(book.take(account, 100) == 100);
}

TEST_CASE("nonce book: what an earlier process signed is passed over") {
  const auto account = key_of(1).address();
  NonceBook book;
  book.note(account, 5);
  book.note(account, 5);
  CHECK(book.take(account, 5) == 6);
  book.release(account, 5);
  book.release(account, 5);
  book.release(key_of(2).address(), 1);
  CHECK(book.take(account, 5) == 5);
}
