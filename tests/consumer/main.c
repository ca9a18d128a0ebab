/* Uses the installed header and library and nothing else: versions, a client that is made and destroyed, an error that names itself. */
#include <ferry/ferry.h>
#include <stdio.h>

int main(int argc, char** argv) {
  if (argc != 2 || ferry_abi_version() != FERRY_ABI_VERSION) return 2;
  ferry_error error;
  FERRY_INIT(error);
  ferry_options options;
  FERRY_INIT(options);
  ferry_client* client = NULL;
  if (ferry_create(&options, &client, &error) != FERRY_INVALID_ARGUMENT || client != NULL) return 3;
  options.data_dir = argv[1];
  if (ferry_create(&options, &client, &error) != FERRY_OK) {
    fprintf(stderr, "consumer: %s (%s)\n", error.message, error.name);
    return 1;
  }
  printf("libferry %s\n", ferry_version());
  return ferry_destroy(client) == FERRY_OK ? 0 : 4;
}
