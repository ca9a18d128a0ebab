/*
 * Fetches a URL through a paid relay into a file, with nothing but ferry.h: create a client, start a fetch, wait for its end, destroy.
 *
 *   cc -o fetch_url fetch_url.c $(pkg-config --cflags --libs ferry) -pthread
 *   ./fetch_url URL FILE ferry://0xADDRESS@host:port DATA_DIR
 */
#include <ferry/ferry.h>
#include <pthread.h>
#include <stdio.h>

/* What the callbacks, which run on the client's own thread, and main() share. */
struct download {
  pthread_mutex_t mutex;
  pthread_cond_t ended;
  int done;
  int exit_code;
};

static void on_head(void* user, uint64_t id, int32_t status, const ferry_header* headers, size_t header_count, int64_t length) {
  (void)user, (void)id, (void)headers, (void)header_count;
  if (length >= 0) fprintf(stderr, "status %d, %lld bytes\n", (int)status, (long long)length);
  else fprintf(stderr, "status %d, length not known yet\n", (int)status);
}

static void on_done(void* user, uint64_t id, const char* receipt_json, const ferry_error* error) {
  struct download* download = user;
  (void)id;
  if (error != NULL) fprintf(stderr, "fetch_url: %s (%s)\n", error->message, error->name);
  printf("%s\n", receipt_json); /* also after an error: what was delivered and charged so far */
  pthread_mutex_lock(&download->mutex);
  download->done = 1;
  download->exit_code = error == NULL ? 0 : 1;
  pthread_cond_signal(&download->ended);
  pthread_mutex_unlock(&download->mutex);
}

int main(int argc, char** argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: fetch_url URL FILE ferry://0xADDRESS@host:port DATA_DIR\n");
    return 2;
  }
  const char* relays[] = {argv[3]};
  ferry_error error;
  FERRY_INIT(error);

  /* A client: a wallet in its directory, the relays it may use, and how much it may promise in all. */
  ferry_options options;
  FERRY_INIT(options);
  options.data_dir = argv[4];
  options.relays = relays;
  options.relay_count = 1;
  options.budget_btt = "50000";
  options.deposit_btt = "10000";
  options.use_faucet = 1; /* test BTT where the ledger gives some */
  ferry_client* client = NULL;
  if (ferry_create(&options, &client, &error) != FERRY_OK) {
    fprintf(stderr, "fetch_url: %s\n", error.message);
    return 1;
  }

  /* A fetch: the body goes into the file, which takes its name only when it is whole and verified. */
  struct download download = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 1};
  ferry_fetch_request request;
  FERRY_INIT(request);
  request.url = argv[1];
  request.file_path = argv[2];
  request.resume = 1;
  ferry_fetch_callbacks callbacks;
  FERRY_INIT(callbacks);
  callbacks.user = &download;
  callbacks.on_head = on_head;
  callbacks.on_done = on_done;
  uint64_t id = 0;
  if (ferry_fetch(client, &request, &callbacks, &id, &error) != FERRY_OK) {
    fprintf(stderr, "fetch_url: %s\n", error.message);
    ferry_destroy(client);
    return 1;
  }
  pthread_mutex_lock(&download.mutex);
  while (!download.done) pthread_cond_wait(&download.ended, &download.mutex);
  pthread_mutex_unlock(&download.mutex);

  ferry_destroy(client);
  return download.exit_code;
}
