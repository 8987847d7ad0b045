/* replay: runs a fuzz target over every file of a directory, in the order of their names, where
 * libFuzzer is not at hand. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_input(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

static int replay_file(const char *directory, const char *name) {
  char path[4096];
  (void)snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE *file = fopen(path, "rbe");
  if (file == NULL) {
    perror(path);
    return 1;
  }
  uint8_t *bytes = malloc(FILE_MAX);
  if (bytes == NULL) abort();
  size_t size = fread(bytes, 1, FILE_MAX, file);
  int failed = ferror(file);
  (void)fclose(file);
  (void)fprintf(stderr, "%s %zu bytes\n", name, size); /* the last line names the file that fails */
  if (!failed) (void)LLVMFuzzerTestOneInput(bytes, size);
  free(bytes);
  return failed;
}

int main(int count, char **arguments) {
  struct dirent **entries = NULL;
  int failed = 0;
  if (count != 2) {
    (void)fprintf(stderr, "usage: %s CORPUS_DIRECTORY\n", arguments[0]);
    return 2;
  }
  int found = scandir(arguments[1], &entries, is_input, alphasort);
  if (found <= 0) {
    (void)fprintf(stderr, "%s: no inputs\n", arguments[1]);
    return 1;
  }
  for (int i = 0; i < found; i++) {
    failed |= replay_file(arguments[1], entries[i]->d_name);
    free(entries[i]);
  }
  free(entries);
  (void)printf("%d inputs replayed\n", found);
  return failed;
}
