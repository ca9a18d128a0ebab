/*
 * ferry.h: the Ferry client library for programs in any language: fetch a URL through paid relays, verified and paid chunk by chunk.
 * This is the whole interface of libferry; the `ferry` program is written against it alone.
 *
 * Rules
 *  1. Threads. A client owns one thread, its loop, which owns all its state. Every function may be called from any thread, callbacks
 *     included, except ferry_destroy, which must not be called from a callback.
 *  2. Callbacks run on the loop thread, one at a time, with the `user` pointer that came with them. They must return soon: while one runs,
 *     nothing else of this client moves. None is called before the function that it was given to has started the job, and none after
 *     ferry_destroy has returned. A callback may run before that function has returned in the calling thread.
 *  3. Lifetimes. What a caller passes in (structs, strings, arrays) is copied before the function returns. What a callback receives is
 *     valid until the callback returns.
 *  4. Strings are UTF-8 and end with NUL. NULL means "not given" wherever a default is named.
 *  5. Amounts are texts: BTT as decimals with up to 18 places ("0.000123"). There is no floating point in money.
 *  6. Every struct begins with `struct_size`, which its owner sets to sizeof the struct. Later versions only append members; members beyond
 *     struct_size are taken as zero. FERRY_INIT fills a struct with zeros and its size.
 *  7. Codes are int32_t. Functions return FERRY_OK or one of the FERRY_… error codes; with `ferry_error*` (may be NULL) they also tell why.
 *  8. A job (fetch, quote, wallet call) that was started with FERRY_OK ends in exactly one call of its on_done, whatever happens: success, error,
 *     cancel, ferry_destroy.
 *  9. Several clients may live in one process if each has a data directory of its own. The library has no global state, handles no signal,
 *     and does not raise SIGPIPE.
 * 10. JSON texts are one object each. Members may be added in later versions; those named here stay.
 */
#ifndef FERRY_FERRY_H
#define FERRY_FERRY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__)
#define FERRY_API __attribute__((visibility("default")))
#else
#define FERRY_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Grows by one when something is appended to this interface; nothing is ever taken away under the same library name. */
#define FERRY_ABI_VERSION 4

/* Zeroes a struct of this interface and sets its size:  ferry_options options; FERRY_INIT(options); */
#define FERRY_INIT(object)                \
  do {                                    \
    memset(&(object), 0, sizeof(object)); \
    (object).struct_size = sizeof(object); \
  } while (0)

/* --- results ---------------------------------------------------------------------------------------------------------------------- */

#define FERRY_OK 0
#define FERRY_REFUSED 1           /* a rule said no (price, budget, policy, checksum): change something and ask again */
#define FERRY_PEER_FAULT 2        /* a relay broke the protocol or lied; it was not paid for that. Who lied is avoided for a day */
#define FERRY_ENVIRONMENT 3       /* disk, network, clock, ledger: may pass by itself or by your doing */
#define FERRY_BUG 4               /* a defect in Ferry: please report it */
#define FERRY_CANCELLED 5         /* ferry_cancel, ferry_destroy, or on_data said stop */
#define FERRY_INVALID_ARGUMENT 6  /* the call itself is wrong; nothing was started */

typedef struct ferry_error {
  size_t struct_size;
  int32_t code;       /* FERRY_… */
  char name[64];      /* stable, snake_case, for scripts: "budget_reached", "checksum_mismatch", "no_relay", … (docs/sdk.md lists them) */
  char message[1024]; /* what happened and what to do; never holds a secret */
} ferry_error;

/* "0.1.0". Lifetime: static. */
FERRY_API const char* ferry_version(void);
/* FERRY_ABI_VERSION of the library that is loaded. */
FERRY_API int32_t ferry_abi_version(void);

/* --- a client --------------------------------------------------------------------------------------------------------------------- */

typedef struct ferry_client ferry_client;

#define FERRY_LOG_ERROR 0
#define FERRY_LOG_WARNING 1
#define FERRY_LOG_INFO 2
#define FERRY_LOG_DEBUG 3

/*
 * What happened that nobody asked for but somebody may want to know. `json`: {"event":NAME,"message":TEXT for people, …}; names and members:
 *   relay_connected {relay, latency_ms}      relay_lost {relay, name, connected}
 *   relay_marked {relay, name, until}
 *   wallet_created {address}                 faucet_used {relay, amount}       deposit_made {relay, channel, amount}
 *   channel_opened {relay, channel, balance} voucher_refused {relay, channel, name}
 *   loss_adopted {relay, channel, amount}    quote_accepted {relay, id, hit_per_mib, miss_per_mib, per_request}
 *   fetch_restarted {id, name}               clock_skew {relay, seconds}
 *   relays_awaited {id}: no relay answers this fetch, and all are tried again; once for each fetch
 *   transaction_waits {purpose, transaction, seconds, name}: a deposit or withdrawal is sent to a chain and not confirmed yet
 *   relay_differs {relay, url}: asked as a witness, it has another object than enough others; quorum_fell_back {url}: relays are answered differently
 *   channel_outdated {relay, channel}: a later state of this wallet paid there, the data directory is an older copy; another channel is opened
 *   relay_behind {relay, channel}: the chain shows a deposit that the relay does not see yet; it is waited for
 */
typedef void (*ferry_event_fn)(void* user, const char* json);
typedef void (*ferry_log_fn)(void* user, int32_t level, const char* message);

typedef struct ferry_options {
  size_t struct_size;
  const char* data_dir;              /* keys, channels, evidence; made with mode 0700 if missing. Required. One process at a time. */
  const char* const* relays;         /* references "ferry://0xADDRESS@host:port", in order of preference */
  size_t relay_count;
  const char* budget_btt;            /* hard stop for what this client buys in all, counted from its creation; only adopted losses (event
                                        loss_adopted) can come on top. NULL: what the wallet and channels hold */
  const char* max_price_btt_per_mib; /* dearer quotes are refused. NULL: any price within the budget; each quote is looked at before it is accepted */
  const char* deposit_btt;           /* what opening a channel moves from the wallet, cut to the budget but not below the relay's minimum;
                                        a top-up moves as much as the channel has been used for, if that is more. NULL: 2000 */
  uint32_t prepay_chunks;            /* chunks (256 KiB) paid ahead of delivery: what a dishonest relay could keep. 0: 4 */
  int32_t use_faucet;                /* non-zero: an empty wallet takes test BTT where the ledger has a faucet (a second of work) */
  const char* software;              /* name and version told to relays. NULL: "ferry-client/<version>" */
  ferry_event_fn on_event;           /* may be NULL */
  ferry_log_fn on_log;               /* may be NULL */
  int32_t log_level;                 /* the most talkative FERRY_LOG_… that on_log wants */
  void* user;                        /* for on_event and on_log */
  const char* const* chains;         /* ABI 3. Chains on which relays may be paid, each "evm:<node>[,<node>…]?contract=0x…&token=0x…" (docs/chain.md).
                                        Money on a chain moves only in contracts that are named here, and only these nodes are asked about it. A
                                        relay on another chain is refused ("chain_not_named"); relays with a ledger of their own need none */
  size_t chain_count;
  int32_t choose_by_score;           /* ABI 4. Non-zero: relays are tried at random, those first that were right, there, fast and cheap so far, with now
                                        and then a new one. 0: in the order given, unless `discover` brings others */
  int32_t discover;                  /* ABI 4. Non-zero: relays are asked for others, and those are used besides the ones in `relays` (docs/discovery.md) */
  const char* const* bootstrap;      /* ABI 4. Where to ask besides `relays`: references, or "dns:NAME" whose TXT records hold references. Those that
                                         were found before, in the data directory, are asked too */
  size_t bootstrap_count;
} ferry_options;

/*
 * Reads the data directory and starts the loop; nothing is contacted yet. `*client` is set on success only.
 * Errors: "invalid_argument" (also a bad relay reference or amount), environment "data_dir", "data_locked" (another client uses it), "key_file" (not
 * a key), "file_not_private" (a key that others can read), "file_read", "file_write", "journal_corrupt", "journal_record", "journal_io", "loop".
 */
FERRY_API int32_t ferry_create(const ferry_options* options, ferry_client** client, ferry_error* error);

/*
 * Cancels what runs, calls the on_done of every job, waits for the loop and frees the client. NULL is allowed.
 * Errors: invalid_argument when called from a callback of this client; then nothing happens.
 */
FERRY_API int32_t ferry_destroy(ferry_client* client);

/* A new hard stop for what this client promises in all, counted from its creation. NULL: none. It never takes back what is promised. */
FERRY_API int32_t ferry_set_budget(ferry_client* client, const char* budget_btt, ferry_error* error);

/* --- fetching --------------------------------------------------------------------------------------------------------------------- */

typedef struct ferry_header {
  const char* name;
  const char* value;
} ferry_header;

typedef struct ferry_fetch_request {
  size_t struct_size;
  const char* url;                   /* http or https; or content by its root, "root:HEX" or "magnet:?xt=urn:btmh:1220HEX" (ABI 4). Required. */
  const char* method;                /* "GET" or "HEAD". NULL: GET */
  const ferry_header* headers;       /* passed to the origin, except connection headers and Range */
  size_t header_count;
  const char* file_path;             /* the body goes into this file, see below. NULL: to on_data only */
  int32_t resume;                    /* non-zero: go on with what an earlier fetch of this URL into file_path left; start from the beginning when
                                        there is nothing. Refused: "file_exists", "part_of_another_url" */
  const char* budget_btt;            /* hard stop for this fetch (earlier attempts at the same file not counted). NULL: the client's */
  const char* max_price_btt_per_mib; /* NULL: the client's */
  const char* sha256_hex;            /* the body must have this SHA-256, else "checksum_mismatch" and no file. NULL: none */
  const char* verify;                /* the weakest level of verification that is accepted. NULL: "relay". Also "origin-digest"; ABI 4: "quorum=2" (to 8: so
                                        many relays of different operators and networks must agree on each chunk before you get it), "quorum=2,relay"
                                        (or one relay's word where relays are answered differently), "content-address" (docs/verification.md) */
  const char* const* relays;         /* NULL: the client's */
  size_t relay_count;
  uint32_t relays_at_once;           /* ABI 4. Relays that bring parts of one large body at the same time, 1 to 16; each needs a channel with a
                                        deposit. 0: 4 */
  int32_t race;                      /* ABI 4. Non-zero, where latency matters: two relays are asked at once, and the one whose head comes first brings the
                                        body. The other costs a request and at most a chunk. Not with a quorum */
} ferry_fetch_request;

typedef struct ferry_progress {
  size_t struct_size;
  uint64_t bytes_done;    /* verified and delivered, resumed ones included */
  int64_t bytes_total;    /* -1: not known yet */
  uint64_t resumed_from;  /* of bytes_done, what an earlier fetch had brought */
  const char* charged_btt;
} ferry_progress;

/*
 * All may be NULL except on_done. `id` is what ferry_fetch gave. Order: on_quote, on_head, then on_data and on_progress in turns, on_done. A resumed
 * fetch begins with an on_progress that says what is there.
 *
 * on_quote: a signed offer that is within the price limit, as one element of "quotes" of ferry_quote. Non-zero: no, end the fetch
 *   ("quote_declined"). Asked before a channel with that relay is opened; where there is one already, without a max price the relay waits for the answer,
 *   with one it may already have started. Comes again when another relay takes part, or when one asks for more than it did.
 * on_head: the origin's status and end-to-end headers (lower-case names); `length` is -1 while it is not known. With a quorum not before others vouch
 * for what it is about.
 * on_data: the next bytes of the body, in order, each verified and paid for; `offset` counts from the start of the body. Non-zero: stop. With
 *   file_path, pieces come as they are written, which is not in order when several relays bring them, and resumed bytes are not shown here.
 * on_done: `error` is NULL on success. `receipt` is always there, and says what was delivered and charged so far:
 *   {"url":…,"status":200,"bytes":…,"chunks":…,"sha256":…,"root":…,"verification":"relay"|"quorum 2/3"|"origin-digest"|"content-address",
 *    "charged":"<BTT>","overhead_bytes":…,"relays":[{"relay":…,"chunks":…,"cache_hits":…,"charged":"<BTT>","refused_chunks":…,"witnessed":…}],
 *    "seconds":…,"resumed_from":0}
 *   `status` is null before the first head. `sha256` is there when a file is complete, and without a file when the caller or the origin named a
 *   digest. `root` is null unless the body is complete and not empty. "quorum 2/3": two that count of three that were asked said the same.
 *   `witnessed`: words about chunks that others delivered, paid at a share of their price.
 */
typedef struct ferry_fetch_callbacks {
  size_t struct_size;
  void* user;
  int32_t (*on_quote)(void* user, uint64_t id, const char* quote_json);
  void (*on_head)(void* user, uint64_t id, int32_t status, const ferry_header* headers, size_t header_count, int64_t length);
  int32_t (*on_data)(void* user, uint64_t id, uint64_t offset, const uint8_t* bytes, size_t count);
  void (*on_progress)(void* user, uint64_t id, const ferry_progress* progress);
  void (*on_done)(void* user, uint64_t id, const char* receipt_json, const ferry_error* error);
} ferry_fetch_callbacks;

/*
 * Starts a fetch. With file_path the body grows in "<file>.ferry-part" beside "<file>.ferry-state", and takes its final name only when it is
 * complete and verified; an interrupted fetch (budget, network, kill) leaves both for `resume`. An existing file_path is replaced at that moment.
 * A status other than 2xx is delivered like any other; with file_path it is an error ("http_status") and leaves no file.
 */
FERRY_API int32_t ferry_fetch(ferry_client* client, const ferry_fetch_request* request, const ferry_fetch_callbacks* callbacks, uint64_t* id,
                              ferry_error* error);

/* Ends a job soon; its on_done then says FERRY_CANCELLED unless it was done already. Unknown ids are no error. */
FERRY_API int32_t ferry_cancel(ferry_client* client, uint64_t id);

/* `json` is NULL when `error` is not. */
typedef void (*ferry_result_fn)(void* user, uint64_t id, const char* json, const ferry_error* error);

/* --- the local proxy ---------------------------------------------------------------------------------------------------------------- */

typedef struct ferry_app_budget {
  const char* app;        /* the user name by which the app comes, or "port 1080" for all that come to that port without one */
  const char* budget_btt; /* a day */
} ferry_app_budget;

typedef struct ferry_proxy_options {
  size_t struct_size;
  const char* const* listen;         /* numeric "address:port"; port 0 picks a free one. NULL: "127.0.0.1:0" */
  size_t listen_count;
  const char* user;                  /* with a password apps must give both; NULL: anybody who reaches the port, and a user name only names the app */
  const char* password;
  int32_t allow_remote;              /* non-zero: listen on more than loopback too; needs a password */
  const char* const* exclude;        /* go straight, not through a relay: "example.org", "*.example.org", "10.0.0.0/8", "example.org:8080" */
  size_t exclude_count;
  int32_t local_direct;              /* what is on this machine or its own network never goes to a relay. Non-zero: it goes straight; 0: refused */
  const char* budget_per_day_btt;    /* days and hours are those of UTC; what was spent is remembered in the data directory. NULL: no limit */
  const char* budget_per_hour_btt;
  const char* budget_per_app_btt;    /* a day, each app that is not in app_budgets. NULL: no limit */
  const ferry_app_budget* app_budgets;
  size_t app_budget_count;
  const char* verify;                /* of what is fetched, as in ferry_fetch_request, without "content-address", and "quorum=2,tunnel": what relays are
                                        answered differently about goes through a tunnel. NULL: "relay" */
  uint32_t relays_at_once;           /* that bring parts of one fetched body, 1 to 16; 0: 2 */
  int32_t race;                      /* of what is fetched, as in ferry_fetch_request */
} ferry_proxy_options;

/* `json` when it listens: {"proxy":"127.0.0.1:1080","pac":"http://127.0.0.1:1080/proxy.pac","listen":["127.0.0.1:1080", …]}. */
typedef void (*ferry_proxy_ready_fn)(void* user, uint64_t id, const char* json);

/*
 * Starts a SOCKS4, SOCKS4a, SOCKS5 and HTTP proxy on one port, whose connections go through the client's relays: http:// GET and HEAD as fetches,
 * all else as tunnels, metered both ways. It is a job: it runs until ferry_cancel, or until it cannot listen; `on_done` comes once, with `error`
 * NULL after ferry_cancel ("proxy_listen" when the address is taken), and `json` always NULL. Status page: http://ferry.local/ through it.
 */
FERRY_API int32_t ferry_proxy_start(ferry_client* client, const ferry_proxy_options* options, ferry_proxy_ready_fn on_ready, ferry_result_fn on_done,
                                    void* user, uint64_t* id, ferry_error* error);

/* Ends it: connections are cut, what was carried is paid. The same as ferry_cancel. */
FERRY_API int32_t ferry_proxy_stop(ferry_client* client, uint64_t id);

/* --- jobs with a JSON result ------------------------------------------------------------------------------------------------------ */

/*
 * What would it cost, from each relay? Nothing is paid. `request`: url, method, headers and relays are used.
 * {"url":…,"quotes":[{"relay":…,"hit_per_mib":"<BTT>","miss_per_mib":"<BTT>","per_request":"<BTT>","known_bytes":n|null,"cached_bytes":n,
 *   "estimate":"<BTT>"|null,"assumes":TEXT,"valid_until":UNIX_SECONDS} | {"relay":…,"error":{"code":n,"name":…,"message":…}}, …]}
 * An error only when no relay gave a quote.
 */
FERRY_API int32_t ferry_quote(ferry_client* client, const ferry_fetch_request* request, ferry_result_fn on_done, void* user, uint64_t* id,
                              ferry_error* error);

/*
 * The relays that this client knows, whether connected or not, those that it found among them.
 * {"relays":[{"relay":…,"connected":bool,"latency_ms":n|null,"hit_per_mib":"<BTT>"|null,"miss_per_mib":…,"per_request":…,"chunks":n,
 *   "refused_chunks":n,"spent":"<BTT>","correctness":0..1,"availability":0..1,"first_byte_seconds":x|null,"bytes_per_second":x|null,"weight":0..1,
 *   "why":TEXT,"marked_until":UNIX_SECONDS|null,"marked_for":NAME|null,"named":bool,"described":null|
 *   {"family":…,"region":…,"contact":…,"software":…,"since":UNIX_SECONDS,"issued_at":UNIX_SECONDS,"capacity":n,"hit_per_mib":"<BTT>",
 *    "miss_per_mib":"<BTT>","tunnel_per_mib":"<BTT>"}}, …]}
 * Correctness and availability are lower bounds of what is to be expected; `weight` is what they, price and speed make of the relay when the client is
 * to choose, and `why` says all of it in words.
 * `named`: it is one of the options' relays; `described`: what it says about itself, signed; its prices are hints, only quotes bind.
 * With `probe` non-zero those that are not connected are tried first.
 */
FERRY_API int32_t ferry_relays(ferry_client* client, int32_t probe, ferry_result_fn on_done, void* user, uint64_t* id, ferry_error* error);

/*
 * Makes the wallet key. Refused ("wallet_exists") when there is one: it is never replaced.
 * {"address":"0x…","tron_address":"T…"}
 */
FERRY_API int32_t ferry_wallet_new(ferry_client* client, ferry_result_fn on_done, void* user, uint64_t* id, ferry_error* error);

/*
 * {"address":"0x…"|null,"tron_address":…,"ledgers":[{"relay":…,"ledger":"embedded"|…,"chain_id":n,"contract":"0x…","token":"0x…",
 *   "balance":"<BTT>","fee_balance":"<BTT>"|null,"faucet":bool} | {"relay":…,"error":{…}}, …],"channels":n,"in_channels":"<BTT>",
 *   "spendable":"<BTT>","fees":"<BTT>","proxy":{"spent_today":"<BTT>","spent_this_hour":"<BTT>"}}
 * `ledgers` has one entry per ledger that the client's relays use, and one per chain of the options ("relay" is null when no
 * relay uses it); `fee_balance` is what fees can be paid with, null where there are none; `fees` what all transactions on channels cost, in the
 * chain's coin; `proxy` is what the local proxy spent with this wallet, in UTC.
 */
FERRY_API int32_t ferry_wallet_show(ferry_client* client, ferry_result_fn on_done, void* user, uint64_t* id, ferry_error* error);

/*
 * {"channels":[{"channel":"0x…","relay":…,"chain_id":n,"contract":"0x…","state":"open"|"closing"|"closed","deposited":"<BTT>","claimed":"<BTT>",
 *   "confirmed":"<BTT>","adopted":"<BTT>","signed":"<BTT>","claimable":"<BTT>","withdrawable":"<BTT>","spendable":"<BTT>","fees":"<BTT>",
 *   "unfinished":bool,"withdraw_at":UNIX_SECONDS|null}, …]}
 * `confirmed`: charged for verified deliveries; `adopted`: of these, paid though lost with a connection; `signed`: highest promise; `claimable`: of
 * it, what the relay has not claimed yet; `withdrawable`: what is promised to nobody; `fees`: what transactions cost, in the chain's coin;
 * `unfinished`: a transaction's fate is not known yet. Chains of the options are asked how much was claimed.
 */
FERRY_API int32_t ferry_wallet_channels(ferry_client* client, ferry_result_fn on_done, void* user, uint64_t* id, ferry_error* error);

/*
 * Moves money from the wallet into the channel to `relay` (NULL: the first of the client's), opening one if there is none.
 * {"relay":…,"channel":"0x…","deposited":"<BTT>","balance":"<BTT>","opened":bool,"transaction":"0x…"}
 */
FERRY_API int32_t ferry_wallet_deposit(ferry_client* client, const char* relay, const char* amount_btt, ferry_result_fn on_done, void* user,
                                       uint64_t* id, ferry_error* error);

/*
 * Takes money back. The relay is asked to give back at once what it has not charged: then the step is "refunded", and all is done. When it cannot be
 * reached, refuses or is too slow, the money comes in two steps with the channel's delay between: call it, and call it again when the delay is over.
 * `channel`: "0x…", or NULL for all; `amount_btt`: NULL for all that the relay has not claimed; an amount always takes the two steps. What is
 * promised to the relay, it may still claim during the delay. The channel pays for nothing more from the first step on.
 * {"channels":[{"channel":"0x…","relay":…,"step":"refunded"|"requested"|"waiting"|"withdrawn"|"nothing","amount":"<BTT>",
 *     "withdraw_at":UNIX_SECONDS|null,"not_at_once":{…},"adopted":"<BTT>"} | {"channel":…,"relay":…,"error":{…}}, …]}
 * `not_at_once`: only when the relay gave nothing back, why; `adopted`: only when a refunding relay kept something for what a lost connection took.
 */
FERRY_API int32_t ferry_wallet_withdraw(ferry_client* client, const char* channel, const char* amount_btt, ferry_result_fn on_done, void* user,
                                        uint64_t* id, ferry_error* error);

/* ABI 4. The same in two steps, without asking the relay. */
FERRY_API int32_t ferry_wallet_withdraw_timed(ferry_client* client, const char* channel, const char* amount_btt, ferry_result_fn on_done, void* user,
                                              uint64_t* id, ferry_error* error);

/*
 * Test BTT from the ledger of `relay` (NULL: the first of the client's) into the wallet, against a small proof of work.
 * {"relay":…,"address":"0x…","amount":"<BTT>","balance":"<BTT>"}
 */
FERRY_API int32_t ferry_wallet_faucet(ferry_client* client, const char* relay, ferry_result_fn on_done, void* user, uint64_t* id,
                                      ferry_error* error);

/*
 * ABI 3. For who has kept wallet.key and nothing else: looks for this wallet's channels on the chains of the options and takes those that the data
 * directory does not know into it, closed, so that ferry_wallet_withdraw gets their money back. Goes through the contract's events: minutes, unless
 * the chain's URL has start-block. Channels on a relay's own ledger are not found.
 * {"chains":[{"ledger":…,"chain_id":n,"contract":"0x…","found":n,"added":n} | {"error":{…}}, …]}
 */
FERRY_API int32_t ferry_wallet_recover(ferry_client* client, ferry_result_fn on_done, void* user, uint64_t* id, ferry_error* error);

/* --- evidence: no client is needed, nothing is contacted; `on_json` is called once, before the function returns, unless it fails ------------- */

typedef void (*ferry_text_fn)(void* user, const char* json);

/*
 * ABI 4. What a record of evidence (the text of a file in DATA_DIR/evidence/records) shows. Every signature is checked; nobody has to be believed.
 * {"statements":[TEXT, …],"contradictions":[TEXT, …],"proves_a_lie":bool,"liars":["0x…"],"outvoted":["0x…"]}
 * `liars` contradict themselves by their own signatures; `outvoted` contradict two others, who agree. Refused: "evidence_format".
 */
FERRY_API int32_t ferry_evidence_verify(const char* record, ferry_text_fn on_json, void* user, ferry_error* error);

/*
 * ABI 4. The records that a data directory keeps, oldest first.
 * {"records":[{"file":PATH,"at":UNIX_SECONDS,"code":NAME,"message":TEXT,"url":…,"accused":"0x…"|null,"words":n,"proves_a_lie":bool} | {"file":PATH,"error":{…}}]}
 */
FERRY_API int32_t ferry_evidence_list(const char* data_dir, ferry_text_fn on_json, void* user, ferry_error* error);

#ifdef __cplusplus
}
#endif

#endif /* FERRY_FERRY_H */
