#pragma once
// Agreement: what several relays say about one request, and what follows from it. The one place where words of different relays are held against each
// other: a fetch that wants a quorum uses it, and so does whoever checks evidence. Pure: no clock but the times that words bear.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "protocol/base/ids.hpp"
#include "protocol/content/verifier.hpp"

namespace ferry::content {

/// Two words of which one is false, unless the origin gave two bodies under one validator: the same request, status and validator, and another
/// length, root, or digest of the same chunks. A text that says where, for people; nullopt when both may be true. Words without a validator, and words
/// about different objects, never contradict each other: the origin may have changed, or answer everybody differently.
std::optional<std::string> contradiction(const Manifest& a, const Manifest& b);

/// Who speaks, and what is known of who is behind it.
struct Voice {
  base::Address relay;
  std::string family;   ///< who earns: voices of one family count as one
  std::string network;  ///< where it is, as a prefix: the same. Empty: nothing follows from where it is
};
bool are_independent(const Voice& a, const Voice& b);

enum class Verdict {
  open,      ///< too few have spoken, or they differ and neither side is many enough
  agreed,    ///< enough independent voices say the same
  outvoted,  ///< enough independent voices say the same as each other, and each of them something else than this one
};

/// How the others stand to what one of them says. `with` begins with the one that was asked about.
struct Opinion {
  Verdict verdict = Verdict::open;
  std::vector<base::Address> with;
  std::vector<base::Address> against;    ///< of the same object something else: one of the two lies
  std::vector<base::Address> elsewhere;  ///< of another object: nobody need have lied
  std::size_t independent = 0;           ///< of `with`, how many count
  bool lied = false;                     ///< outvoted, and by those who speak of the same object
};

class Agreement {
 public:
  /// More would cost more than they tell.
  static constexpr std::size_t kMaxVoices = 16;
  /// What two honest clocks, and an origin that answers slowly, may make of "now".
  static constexpr base::Duration kTolerance{60'000};

  /// `wanted`: how many independent voices make a truth; at least 1. `asked_at`: when the request was first made: an answer that was neither fetched,
  /// nor still fresh, since then is an old one. Without it any age is taken, for requests that allow it.
  Agreement(base::RequestHash request, std::size_t wanted, std::optional<base::Time> asked_at);

  /// What a relay has signed, before its body and after it. Errors: peer_fault "manifest_signature", "manifest_other_request" (also: another URL, method
  /// or selecting header), "manifest_stale", "manifest_changed" (it contradicts what it signed before); refusal "too_many_voices".
  base::Result<void> hear(const Voice& voice, const base::Hash256& domain_separator, const SignedManifest& word);
  /// What it says of one chunk. Precondition: it was heard. Errors: peer_fault "word_changed" (it said something else before).
  base::Result<void> hear_chunk(const base::Address& relay, base::ChunkIndex index, const base::Hash256& hash);
  /// What was said of one chunk is not needed any more.
  void forget_chunk(base::ChunkIndex index);
  /// It has no say any more.
  void forget(const base::Address& relay);

  /// What it said of a chunk, if anything.
  std::optional<base::Hash256> hash(const base::Address& relay, base::ChunkIndex index) const;
  bool knows(const base::Address& relay, base::ChunkIndex index) const { return hash(relay, index).has_value(); }
  /// About one chunk as `relay` told it. Open when it did not.
  Opinion on_chunk(const base::Address& relay, base::ChunkIndex index) const;
  /// About the response: status, validator, length, root.
  Opinion on_whole(const base::Address& relay) const;

  std::size_t wanted() const { return wanted_; }
  std::size_t voices() const { return words_.size(); }
  /// The last word of a relay; null when it was not heard.
  const SignedManifest* word(const base::Address& relay) const;

 private:
  struct Word {
    Voice voice;
    SignedManifest last;
    std::map<std::uint64_t, base::Hash256> chunks;
  };
  /// How one word stands to another about what is asked.
  enum class Stance { silent, with, against, elsewhere };
  using Compare = Stance (*)(const Word& one, const Word& other, std::uint64_t index);

  static Stance compare_chunk(const Word& one, const Word& other, std::uint64_t index);
  static Stance compare_whole(const Word& one, const Word& other, std::uint64_t index);
  Opinion weigh(const base::Address& relay, std::uint64_t index, Compare compare) const;
  /// Some of these are enough, and agree with each other.
  bool are_united(const std::vector<const Word*>& words, std::uint64_t index, Compare compare) const;

  base::RequestHash request_;
  std::size_t wanted_;
  std::optional<base::Time> asked_at_;
  std::map<base::Address, Word> words_;
};

}  // namespace ferry::content
