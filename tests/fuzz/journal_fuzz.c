/* journal_fuzz: any bytes as the last file of a journal. A recovery takes the frames that continue,
 * or refuses; what it took is found again by its sequence, what it left behind is zero, and a second
 * recovery comes to the same end. The checksums that a frame should have are put in before, where
 * the bytes have a frame's head: else the fuzzer would never come behind one. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checksum.h"
#include "store/inside.h"

enum { CAPACITY = 16384, MOST = 8192, EPOCH = 3 };

static const uint8_t id[16] = "haoke fuzz store";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what) {
  if (holds) return;
  (void)fprintf(stderr, "journal_fuzz: %s\n", what);
  abort();
}

/* A directory in memory, if there is one, that is gone with the process. */
static int room(void) {
  static int directory = -1;
  if (directory >= 0) return directory;
  char path[] = "/tmp/haoke-fuzz-XXXXXX", fast[] = "/dev/shm/haoke-fuzz-XXXXXX";
  const char *made = access("/dev/shm", W_OK) == 0 ? mkdtemp(fast) : mkdtemp(path);
  require(made != NULL, "no place for files");
  directory = open(made, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  require(directory >= 0 && mkdirat(directory, "journal", 0700) == 0, "no place for the journal");
  return directory;
}

/* Runs at the end, also of libFuzzer. */
static void leave(void) {
  char path[64], name[64];
  (void)snprintf(name, sizeof name, "/proc/self/fd/%d", room());
  ssize_t length = readlink(name, path, sizeof path - 1);
  (void)unlinkat(room(), "journal/0000000001.log", 0);
  (void)unlinkat(room(), "journal", AT_REMOVEDIR);
  if (length <= 0) return;
  path[length] = '\0';
  (void)rmdir(path);
}

/* --- the file ---------------------------------------------------------------------------------- */

/* Puts the right checksum into each head that the bytes have at a place for frames. An odd byte in
 * the head's zero field keeps the wrong one. */
static void seal(uint8_t *bytes, size_t size) {
  segment_frame frame;
  for (size_t offset = 0; store_segment_peek(base_slice_make(bytes, size), offset, &frame);
       offset += frame.size) {
    uint8_t *head = bytes + offset;
    if (head[31] % 2 == 1) return;
    uint64_t sum = base_checksum(0, base_slice_make(id, sizeof id));
    sum = base_checksum(sum, base_slice_make(head, 32));
    base_slice ends = base_slice_make(frame.body.data, (size_t)frame.count * 4);
    sum = base_checksum(sum, ends);
    store_number_write(head + 32, base_checksum(sum, base_slice_after(frame.body, ends.size)));
  }
}

static void write_file(const uint8_t *data, size_t size) {
  static uint8_t bytes[MOST];
  memset(bytes, 0, sizeof bytes);
  memcpy(bytes, data, size);
  seal(bytes, sizeof bytes);
  int file = openat(room(), "journal/0000000001.log", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  require(file >= 0 && write(file, bytes, sizeof bytes) == (ssize_t)sizeof bytes, "no file");
  (void)close(file);
}

/* --- recovering -------------------------------------------------------------------------------- */

typedef struct visited {
  uint64_t last;
} visited;

static void visit(const store_entry *entry, void *self) {
  visited *seen = self;
  store_stored_change stored;
  base_slice rest = entry->body;
  require(seen->last == 0 || entry->sequence == seen->last + 1, "entries are not in order");
  while (rest.size > 0 && store_entry_decode_change(&rest, &stored)) continue;
  seen->last = entry->sequence;
}

/* Whether each entry of each frame that continues decodes; one that does not ends the process, as it
 * should: its checksum says that it was written so. */
static bool entries_decode(const uint8_t *bytes, size_t size) {
  segment_frame frame;
  size_t offset = 0;
  for (; store_segment_frame(base_slice_make(bytes, size), offset, id, &frame);
       offset += frame.size) {
    for (uint32_t i = 0; i < frame.count; i++) {
      size_t changes;
      base_slice entry;
      store_entry decoded;
      require(store_segment_entry(&frame, i, &entry), "a whole frame lacks an entry");
      if (!store_entry_decode(entry, &decoded, &changes)) return false;
    }
  }
  return true;
}

static base_code recover(store_last *last, uint64_t *found) {
  store_journal journal;
  visited seen = {0};
  base_error error = {.language = BASE_EN};
  base_code code = store_journal_open(&journal, room(), id, CAPACITY, &error);
  require(code == BASE_OK, "the journal does not open");
  *last = (store_last){0};
  code = store_journal_recover(&journal, EPOCH, last, visit, &seen, &error);
  require(code == BASE_OK || code == BASE_INTERNAL, "another refusal");
  require(seen.last == last->sequence, "the last entry is not the last that was handed out");
  *found = 0;
  for (uint64_t sequence = 1; code == BASE_OK && sequence <= last->sequence; sequence++) {
    base_slice bytes;
    if (store_journal_get(&journal, 0, sequence, &bytes)) ++*found;
  }
  if (code == BASE_OK) require(*found == last->sequence, "an entry is not found");
  for (size_t i = 0; code == BASE_OK && i < journal.count; i++) {
    base_slice rest =
        base_slice_after(store_segment_bytes(journal.segments[i]), journal.segments[i]->end);
    for (size_t at = 0; at < rest.size; at++) require(rest.data[at] == 0, "the rest is not zero");
  }
  store_journal_close(&journal);
  return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bool begun;
  store_last first, second;
  uint64_t found, again;
  if (size > MOST) return 0;
  if (!begun) (void)atexit(leave);
  begun = true;
  write_file(data, size);
  int file = openat(room(), "journal/0000000001.log", O_RDONLY | O_CLOEXEC);
  void *map = mmap(NULL, MOST, PROT_READ, MAP_PRIVATE, file, 0);
  bool decodes = entries_decode(map, MOST);
  (void)munmap(map, MOST);
  (void)close(file);
  if (!decodes) return 0;
  base_code code = recover(&first, &found);
  require(recover(&second, &again) == code, "a second recovery comes to another end");
  require(first.sequence == second.sequence && found == again, "a second recovery loses entries");
  return 0;
}
