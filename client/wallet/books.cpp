#include "client/wallet/books.hpp"

#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

namespace ferry::client {

namespace fs = std::filesystem;

namespace {

/// The ledger that a directory is named for, as DataDir::journal() names it.
std::optional<base::Domain> domain_of(const std::string& name) {
  base::Domain domain;
  const auto dash = name.find('-');
  if (dash == std::string::npos) return std::nullopt;
  const auto [end, error] = std::from_chars(name.data(), name.data() + dash, domain.chain_id);
  const auto contract = base::from_hex(name.substr(dash + 1));
  if (error != std::errc{} || end != name.data() + dash || !contract) return std::nullopt;
  const auto address = base::Address::from(base::ByteView{*contract});
  if (!address) return std::nullopt;
  domain.verifying_contract = *address;
  return domain;
}

}  // namespace

base::Result<void> Books::load() {
  std::error_code error;
  for (fs::directory_iterator entry(dir_.path() / "ledgers", error), end; !error && entry != end; entry.increment(error)) {
    const auto domain = domain_of(entry->path().filename().string());
    if (!domain) continue;
    FERRY_TRY(auto opened, open_book(entry->path() / "journal", *domain));
    add(*domain, std::move(opened));
  }
  return {};
}

PayerBook* Books::add(const base::Domain& ledger, OpenedBook opened) {
  if (wrap_) opened.log = wrap_(std::move(opened.log));
  auto& book = books_[{ledger.chain_id, ledger.verifying_contract}];
  book = std::make_unique<PayerBook>(loop_, ledger, std::move(opened));
  return book.get();
}

PayerBook* Books::find(const base::Domain& ledger) const {
  const auto found = books_.find({ledger.chain_id, ledger.verifying_contract});
  return found == books_.end() ? nullptr : found->second.get();
}

void Books::open(const base::Domain& ledger, Opened opened) {
  if (auto* book = find(ledger)) {
    loop_.post([book, opened = std::move(opened)] { opened(book); });
    return;
  }
  auto& waiting = opening_[{ledger.chain_id, ledger.verifying_contract}];
  waiting.push_back(std::move(opened));
  if (waiting.size() > 1) return;
  auto outcome = std::make_shared<std::optional<base::Result<OpenedBook>>>();
  const auto work = [outcome, ledger, dir = &dir_] {
    const auto path = dir->journal(ledger);
    *outcome = path ? open_book(*path, ledger) : base::Result<OpenedBook>(base::fail(path.error()));
  };
  loop_.work(work, [this, outcome, ledger] { finish_opening(ledger, std::move(**outcome)); });
}

void Books::finish_opening(const base::Domain& ledger, base::Result<OpenedBook> opened) {
  const auto waiting = opening_.extract({ledger.chain_id, ledger.verifying_contract});
  base::Result<PayerBook*> book = base::fail(base::Error{});
  if (opened) {
    book = add(ledger, std::move(*opened));
  } else {
    book = base::fail(std::move(opened).error());
  }
  for (const auto& tell : waiting.mapped()) tell(book);
}

std::vector<PayerBook*> Books::all() const {
  std::vector<PayerBook*> list;
  for (const auto& [key, book] : books_) list.push_back(book.get());
  return list;
}

bool Books::are_idle() const {
  if (!opening_.empty()) return false;
  for (const auto& [key, book] : books_) {
    if (!book->is_idle()) return false;
  }
  return true;
}

}  // namespace ferry::client
