#pragma once
// Passage: a way for the bytes of one app to one destination: through a relay's tunnel, or straight. What carries an app's connection
// (CarriedConnection) does not care which.
// Threads: the loop's.

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::client {

/// None of these is called from inside a call of the passage. They may drop it.
class PassageListener {
 public:
  virtual void on_passage_open() = 0;
  /// Lifetime: until it returns. Tell consumed() when they are where they belong.
  virtual void on_passage_bytes(base::ByteView bytes) = 0;
  /// The destination sends nothing more.
  virtual void on_passage_end() = 0;
  /// room() has grown.
  virtual void on_passage_room() = 0;
  /// The last call. Before on_passage_open: why it does not open.
  virtual void on_passage_closed(const base::Result<void>& outcome) = 0;

 protected:
  ~PassageListener() = default;
};

class Passage {
 public:
  /// What is not sent is lost; the listener hears nothing more.
  virtual ~Passage() = default;

  virtual void start() = 0;
  /// What send() takes now; more than nothing before it is open, so that early bytes ride along. Units: bytes.
  virtual std::size_t room() = 0;
  /// Precondition: not more than room().
  virtual void send(base::ByteView bytes) = 0;
  /// Nothing more will be sent.
  virtual void finish_sending() = 0;
  virtual void consumed(std::size_t bytes) = 0;
};

}  // namespace ferry::client
