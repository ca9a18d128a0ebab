// Every type of message in every state of a session, as tables; and an honest script with each of its messages damaged, lost or sent
// twice.

#include <doctest/doctest.h>

#include <functional>

#include "tests/unit/protocol/wire/session_script.hpp"

using namespace ferry;
using namespace ferry::wire;
using namespace ferry::wire::script;
using base::StreamId;

namespace {

/// What a message does: E gives an event, A is only answered, - nothing; a fault by its letter.
template <typename AnyScript, typename Message>
char outcome(AnyScript& script, const Message& message) {
  const auto received = script.receive(samples::bytes_of(message));
  if (!received) {
    const std::string& code = received.error().code;
    return code == "message_order" ? 'o' : code == "stream_unknown" ? 'u' : code == "ledger_reply_unknown" ? 'l' : code == "window_exceeded" ? 'w' : code == "session_finished" ? 'x' : '?';
  }
  if (received->has_value()) return 'E';
  return script.session().has_messages() ? 'A' : '-';
}

template <typename AnyScript>
struct Row {
  const char* state;
  std::string expected;  ///< blanks are for the eye
  std::function<void(AnyScript&)> reach;
};

/// Stream 1 is the one in question, 2 is new.
const std::vector<ToRelay> kClientSays = {
    Hello{{1}, ""}, authenticate(exporter()), OpenChannel{{1}, {}}, VoucherMessage{}, CloseChannel{{1}, {}, {}, {}}, request(2), tunnel(2),
    Accept{StreamId{1}, nonce()}, Window{StreamId{1}, 1}, Cancel{StreamId{1}}, data(1, 5), TunnelEnd{StreamId{1}, false}, TunnelEnd{StreamId{1}, true},
    LedgerCall{1, "m", ""}, Ping{1}, Pong{1}, Goodbye{}};

const std::vector<ToClient> kRelaySays = {
    ClientScript::honest_welcome(), samples::channel_state(), VoucherRefused{}, CloseSigned{}, CloseRefused{},
    NeedVoucher{{}, StreamId{1}, {}, {}, {}, {}},
    QuoteMessage{StreamId{1}, quote_with(nonce()), {}}, ClientScript::manifest(1, false), Hashes{StreamId{1}, 0, std::vector<base::Hash256>(1)},
    chunk(1, 10), ClientScript::manifest(1, true), Done{StreamId{1}}, Refused{StreamId{1}, base::refusal("no", "no"), 0},
    Window{StreamId{1}, 1}, TunnelOpened{StreamId{1}}, data(1, 5), TunnelEnd{StreamId{1}, false}, TunnelEnd{StreamId{1}, true},
    TunnelMeter{StreamId{1}, 1, 1, {}, {}}, LedgerReply{1, ""}, Ping{1}, Pong{1}, Goodbye{}};

template <typename AnyScript, typename Message>
void check_rows(const std::vector<Row<AnyScript>>& rows, const std::vector<Message>& messages) {
  for (const auto& row : rows) {
    CAPTURE(row.state);
    std::string found;
    for (const auto& message : messages) {
      AnyScript script;
      row.reach(script);
      found += outcome(script, message);
    }
    std::string expected = row.expected;
    std::erase(expected, ' ');
    CHECK(found == expected);
  }
}

void leave(RelayScript& script) { script.feed(Goodbye{}).template expect<PeerLeaving>(); }

/// What an honest client says, with the relay's part done in between.
struct HonestStep {
  ToRelay message;
  std::function<void(RelaySession&)> then;
};

std::vector<HonestStep> honest_client() {
  const auto nothing = [](RelaySession&) {};
  const auto quote = [](RelaySession& s) { s.send(QuoteMessage{StreamId{1}, quote_with(nonce()), {}}); };
  const auto state = [](RelaySession& s) { s.send(samples::channel_state()); };
  const auto send = [](RelaySession& s) { s.send(chunk(1, 100)); };
  const auto done = [](RelaySession& s) { s.send(Done{StreamId{1}}); };
  return {{Hello{{1}, ""}, nothing}, {authenticate(exporter()), nothing}, {OpenChannel{{1}, {}}, state}, {request(1), quote},
          {Accept{StreamId{1}, nonce()}, send}, {VoucherMessage{}, send}, {Window{StreamId{1}, 500}, done}, {Goodbye{}, nothing}};
}

/// Runs it with one step changed; gives the code of the fault, or "ok".
std::string run(const std::vector<HonestStep>& steps, std::size_t changed, const std::function<std::vector<base::Bytes>(base::Bytes)>& change) {
  RelayScript script;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const base::Bytes bytes = samples::bytes_of(steps[i].message);
    for (const base::Bytes& message : i == changed ? change(bytes) : std::vector<base::Bytes>{bytes}) {
      if (const auto received = script.receive(message); !received) return received.error().code;
    }
    steps[i].then(script.session());
  }
  return "ok";
}

}  // namespace

TEST_CASE("session order: what a client may say in which state of the relay's session") {
  const std::vector<Row<RelayScript>> rows = {
      // hello authenticate open_channel voucher close_channel request open_tunnel | accept window cancel data end reset | ledger_call ping pong goodbye
      {"new", "Aoooooo oooooo oooo", [](RelayScript&) {}},
      {"greeted", "oEooooo oooooo oooE", [](RelayScript& s) { s.feed(Hello{{1}, ""}).expect_said<Welcome>(); }},
      {"ready", "ooEEEEE uuuuuu EA-E", [](RelayScript& s) { s.authenticated(); }},
      {"requested", "ooEEEEE o-Eooo EA-E", [](RelayScript& s) { s.authenticated().feed(request(1)).expect<RequestCame>(); }},
      {"quoted", "ooEEEEE E-Eooo EA-E", [](RelayScript& s) { s.authenticated().quoted(1); }},
      {"accepted", "ooEEEEE o-Eooo EA-E", [](RelayScript& s) { s.authenticated().accepted(1); }},
      {"no window", "ooEEEEE oEEooo EA-E", [](RelayScript& s) { s.authenticated().accepted(1, 0); }},
      {"done", "ooEEEEE ------ EA-E",
       [](RelayScript& s) { s.authenticated().accepted(1).act([](RelaySession& r) { r.send(Done{StreamId{1}}); }).expect_said<Done>(); }},
      {"cancelled", "ooEEEEE ------ EA-E",
       [](RelayScript& s) {
         s.authenticated().accepted(1).feed(Cancel{StreamId{1}}).expect<StreamCancelled>();
         s.expect_said<Refused>();
       }},
      {"draining", "ooEEEAA o-Eooo EA-E",
       [](RelayScript& s) { s.authenticated().accepted(1).act([](RelaySession& r) { r.send_goodbye("", ""); }).expect_said<Goodbye>(); }},
      {"left", "ooEEEAA o-Eooo EA-E", [](RelayScript& s) { leave(s.authenticated().accepted(1)); }},
      {"finished", "xxxxxxxxxxxxxxxxx", [](RelayScript& s) { s.feed(Ping{1}).expect_fault("message_order"); }},
  };
  check_rows(rows, kClientSays);
}

TEST_CASE("session order: what a relay may say in which state of the client's session") {
  const auto cancel = [](ClientScript& s) { s.act([](ClientSession& c) { c.cancel(StreamId{1}); }).expect_said<Cancel>(); };
  const std::vector<Row<ClientScript>> rows = {
      // welcome channel_state voucher_refused close_signed close_refused | need_voucher quote manifest hashes chunk final done refused |
      // window opened data end reset meter | ledger_reply ping pong goodbye
      {"waiting", "Eoooo oooooooo oooooo oooE", [](ClientScript& s) { s.greeted(); }},
      {"welcomed", "oEEEE uuuuuuuu uuuuuu lA-E", [](ClientScript& s) { s.welcomed(); }},
      {"requested", "oEEEE EEoooooE oooooo lA-E", [](ClientScript& s) { s.welcomed().open(); }},
      {"quoted", "oEEEE EooooooE oooooo lA-E",
       [](ClientScript& s) {
         s.welcomed().open();
         s.feed(QuoteMessage{StreamId{1}, quote_with(nonce()), {}}).expect<QuoteMessage>();
       }},
      {"accepted", "oEEEE EoEooooE oooooo lA-E", [](ClientScript& s) { s.welcomed().open_accepted(); }},
      {"body", "oEEEE EooEEEEE oooooo lA-E", [](ClientScript& s) { s.welcomed().open_body(); }},
      {"complete", "oEEEE EoooooEE oooooo lA-E",
       [](ClientScript& s) {
         s.welcomed().open_body();
         s.feed(ClientScript::manifest(1, true)).expect<ManifestMessage>();
       }},
      {"cancelled", "oEEEE -oo----- oooooo lA-E",
       [cancel](ClientScript& s) {
         s.welcomed().open_body();
         cancel(s);
       }},
      {"ended", "oEEEE uuuuuuuu uuuuuu lA-E",
       [](ClientScript& s) {
         s.welcomed().open_body();
         s.feed(Done{StreamId{1}}).expect<Done>();
       }},
      {"relay leaving", "oEEEE EooEEEEE oooooo lA-E",
       [](ClientScript& s) {
         s.welcomed().open_body();
         s.feed(Goodbye{}).expect<RelayLeaving>();
       }},
      {"finished", "xxxxxxxxxxxxxxxxxxxxxxx", [](ClientScript& s) { s.welcomed().feed(Done{StreamId{9}}).expect_fault("stream_unknown"); }},
  };
  check_rows(rows, kRelaySays);
}

TEST_CASE("session order: what a client may say in which state of a tunnel") {
  const auto end = [](RelayScript& s, bool reset) { s.feed(TunnelEnd{StreamId{1}, reset}).expect<TunnelEndCame>(); };
  const std::vector<Row<RelayScript>> rows = {
      // hello authenticate open_channel voucher close_channel request open_tunnel | accept window cancel data end reset | ledger_call ping pong goodbye
      {"asked", "ooEEEEE o-EEEE EA-E", [](RelayScript& s) { s.authenticated().tunnel_asked(1); }},
      {"quoted", "ooEEEEE E-EEEE EA-E", [](RelayScript& s) { s.authenticated().tunnel_quoted(1); }},
      {"open", "ooEEEEE o-EEEE EA-E", [](RelayScript& s) { s.authenticated().tunnel_open(1); }},
      {"no window down", "ooEEEEE oEEEEE EA-E", [](RelayScript& s) { s.authenticated().tunnel_open(1, 0); }},
      {"no window up", "ooEEEEE o-EwEE EA-E",
       [](RelayScript& s) { s.authenticated().tunnel_open(1).feed(data(1, kInitialUpWindow)).expect<TunnelDataCame>(); }},
      {"ended by the client", "ooEEEEE o-EooE EA-E", [end](RelayScript& s) { end(s.authenticated().tunnel_open(1), false); }},
      {"ended unquoted", "ooEEEEE o-EooE EA-E", [end](RelayScript& s) { end(s.authenticated().tunnel_asked(1), false); }},
      {"reset by the client", "ooEEEEE o-Eooo EA-E", [end](RelayScript& s) { end(s.authenticated().tunnel_open(1), true); }},
      {"ended and reset", "ooEEEEE o-Eooo EA-E",
       [end](RelayScript& s) {
         end(s.authenticated().tunnel_open(1), false);
         end(s, true);
       }},
      {"ended by the relay", "ooEEEEE o-EEEE EA-E",
       [](RelayScript& s) {
         s.authenticated().tunnel_open(1).act([](RelaySession& r) { r.send(TunnelEnd{StreamId{1}, false}); }).expect_said<TunnelEnd>();
       }},
      {"done", "ooEEEEE ------ EA-E",
       [](RelayScript& s) { s.authenticated().tunnel_open(1).act([](RelaySession& r) { r.send(Done{StreamId{1}}); }).expect_said<Done>(); }},
      {"cancelled", "ooEEEEE ------ EA-E",
       [](RelayScript& s) {
         s.authenticated().tunnel_open(1).feed(Cancel{StreamId{1}}).expect<StreamCancelled>();
         s.expect_said<Refused>();
       }},
      {"left", "ooEEEAA o-EEEE EA-E", [](RelayScript& s) { leave(s.authenticated().tunnel_open(1)); }},
  };
  check_rows(rows, kClientSays);
}

TEST_CASE("session order: what a relay may say in which state of a tunnel") {
  const auto open = [](ClientScript& s) { s.welcomed().open_tunnel(); };
  const auto end = [](ClientScript& s, bool reset) { s.feed(TunnelEnd{StreamId{1}, reset}).expect<TunnelEnd>(); };
  const auto end_here = [](ClientScript& s, bool reset) {
    s.act([reset](ClientSession& c) { c.end_tunnel(StreamId{1}, reset); }).expect_said<TunnelEnd>();
  };
  const auto cancel = [](ClientScript& s) { s.act([](ClientSession& c) { c.cancel(StreamId{1}); }).expect_said<Cancel>(); };
  const std::vector<Row<ClientScript>> rows = {
      // welcome channel_state voucher_refused close_signed close_refused | need_voucher quote manifest hashes chunk final done refused |
      // window opened data end reset meter | ledger_reply ping pong goodbye
      {"requested", "oEEEE EEoooooE Eooooo lA-E", [](ClientScript& s) { s.welcomed().ask_tunnel(); }},
      {"quoted", "oEEEE EooooooE Eooooo lA-E",
       [](ClientScript& s) {
         s.welcomed().ask_tunnel();
         s.feed(QuoteMessage{StreamId{1}, quote_with(nonce()), {}}).expect<QuoteMessage>();
       }},
      {"accepted", "oEEEE EooooooE EEoooo lA-E", [](ClientScript& s) { s.welcomed().ask_tunnel_accepted(); }},
      {"open", "oEEEE EoooooEE EoEEEE lA-E", open},
      {"no window down", "oEEEE EoooooEE EowEEE lA-E", [](ClientScript& s) { s.welcomed().open_tunnel(0); }},
      {"ended by the relay", "oEEEE EoooooEE EoooEE lA-E",
       [=](ClientScript& s) {
         open(s);
         end(s, false);
       }},
      {"reset by the relay", "oEEEE EoooooEE EooooE lA-E",
       [=](ClientScript& s) {
         open(s);
         end(s, true);
       }},
      {"ended and reset by the relay", "oEEEE EoooooEE EooooE lA-E",
       [=](ClientScript& s) {
         open(s);
         end(s, false);
         end(s, true);
       }},
      {"ended by us", "oEEEE EoooooEE EoEEEE lA-E",
       [=](ClientScript& s) {
         open(s);
         end_here(s, false);
       }},
      {"reset by us", "oEEEE EoooooEE EoEEEE lA-E",
       [=](ClientScript& s) {
         open(s);
         end_here(s, true);
       }},
      {"cancelled", "oEEEE -ooooo-- -o---- lA-E",
       [=](ClientScript& s) {
         open(s);
         cancel(s);
       }},
      {"done", "oEEEE uuuuuuuu uuuuuu lA-E",
       [=](ClientScript& s) {
         open(s);
         s.feed(Done{StreamId{1}}).expect<Done>();
       }},
      {"refused", "oEEEE uuuuuuuu uuuuuu lA-E",
       [](ClientScript& s) {
         s.welcomed().ask_tunnel();
         s.feed(Refused{StreamId{1}, base::refusal("no", "no"), 0}).expect<Refused>();
       }},
  };
  check_rows(rows, kRelaySays);
}

TEST_CASE("session order: an honest script with any one message cut short is a fault there") {
  const auto steps = honest_client();
  CHECK(run(steps, steps.size(), {}) == "ok");
  for (std::size_t i = 0; i < steps.size(); ++i) {
    CAPTURE(i);
    CHECK(run(steps, i, [](base::Bytes bytes) {
            bytes.pop_back();
            return std::vector<base::Bytes>{bytes};
          }) == "pack_truncated");
  }
}

TEST_CASE("session order: an honest script with any one message lost") {
  const std::vector<std::string> expected = {"message_order", "message_order", "ok", "stream_unknown", "ok", "ok", "ok", "ok"};
  const auto steps = honest_client();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    CAPTURE(i);
    CHECK(run(steps, i, [](const base::Bytes&) { return std::vector<base::Bytes>{}; }) == expected[i]);
  }
}

TEST_CASE("session order: an honest script with any one message sent twice") {
  const std::vector<std::string> expected = {"message_order", "message_order", "ok", "stream_order", "message_order", "ok", "ok", "ok"};
  const auto steps = honest_client();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    CAPTURE(i);
    CHECK(run(steps, i, [](const base::Bytes& bytes) { return std::vector<base::Bytes>{bytes, bytes}; }) == expected[i]);
  }
}
