#pragma once
// FetchedExchange: one GET or HEAD of an app for an http:// URL, fetched in chunks that are verified and paid, with the cache of relays behind it. A
// range costs the chunks that it needs. The app's slowness slows the fetch.
// Threads: the loop's.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/fetch/fetch.hpp"
#include "client/front/fetched_answer.hpp"
#include "client/proxy/app_exchange.hpp"
#include "client/proxy/proxy_house.hpp"

namespace ferry::client {

/// A request that fetch mode answers as its origin would: GET or HEAD without body, upgrade or conditions. Others are carried.
bool can_be_fetched(const HttpRequestHead& head);

class FetchedExchange final : public AppExchange {
 public:
  /// `house` and `app` outlive this. Precondition: can_be_fetched(head).
  FetchedExchange(ProxyHouse& house, AppSide& app, std::string app_name, HttpRequestHead head);
  ~FetchedExchange() override;

  void start() override;
  std::size_t on_app_bytes(base::ByteView) override { return 0; }  // the next request waits
  void on_app_drained() override;
  bool on_app_ended() override { return true; }  // it may still read

 private:
  void look();
  void run(const std::string& method, std::optional<ByteRange> range);
  void on_head(const content::Manifest& head);
  void look_for_range(const content::Manifest& head);
  void refuse_range(std::uint64_t length);
  void answer(const content::Manifest& head);
  void on_chunk(const wire::Payload& bytes, Task taken);
  void on_done(const base::Error* error);
  void finish();

  ProxyHouse& house_;
  AppSide& app_;
  const std::string app_name_;
  const HttpRequestHead head_;
  content::Headers headers_;
  std::shared_ptr<Fetch> fetch_;
  std::optional<AskedRange> wanted_;   ///< of the app
  std::optional<BytePart> part_;       ///< what it gets
  bool looking_ = false;               ///< a HEAD of ours, to learn what a range means
  bool whole_instead_ = false;         ///< of the part that was asked for; the fetch of that is being ended
  std::optional<content::Manifest> seen_;
  std::optional<AnswerHead> answered_;
  base::Amount charged_;
  std::vector<Task> untaken_;          ///< chunks that the app's socket has not taken yet
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace ferry::client
