/* whole: the program heads' segments and the section heads, which mostly come last, lie within the file.
 *
 * Memory, Threads, Fails: see the header. */
#include "loader/whole.h"

#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool lies_within(uint64_t offset, uint64_t bytes, uint64_t size) {
  return offset <= size && bytes <= size - offset;
}

static bool read_at(int file, void *out, size_t bytes, uint64_t offset) {
  return pread(file, out, bytes, (off_t)offset) == (ssize_t)bytes;
}

static bool is_known(const ElfW(Ehdr) * head) {
  return memcmp(head->e_ident, ELFMAG, SELFMAG) == 0 &&
         head->e_ident[EI_CLASS] == (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) &&
         head->e_phentsize == sizeof(ElfW(Phdr));
}

static bool has_segments(int file, const ElfW(Ehdr) * head, uint64_t size) {
  for (uint64_t i = 0; i < head->e_phnum; i++) {
    ElfW(Phdr) segment;
    if (!read_at(file, &segment, sizeof segment, head->e_phoff + i * sizeof segment)) return false;
    if (!lies_within(segment.p_offset, segment.p_filesz, size)) return false;
  }
  return true;
}

static bool has_all(int file) {
  ElfW(Ehdr) head;
  struct stat found;
  if (fstat(file, &found) != 0 || !read_at(file, &head, sizeof head, 0) || !is_known(&head)) {
    return false;
  }
  uint64_t size = (uint64_t)found.st_size;
  uint64_t sections = (uint64_t)head.e_shnum * head.e_shentsize;
  return has_segments(file, &head, size) && lies_within(head.e_shoff, sections, size);
}

bool loader_whole(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  bool whole = has_all(file);
  (void)close(file);
  return whole;
}
