/* disk: files as durable bytes and pending writes, directories as entries and pending changes. See
 * disk.h.
 * Memory:  nodes live as long as the disk.  Threads: one.  Fails: ends the program. */
#include "disk.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR = 512, BLOCK = 4096, NODES = 8192, SYNCS = 256 };

typedef struct node node;

/* One write or size of a file. */
typedef struct change {
  uint64_t order;
  bool sizes; /* only sets the size, to `offset` */
  uint64_t offset;
  uint64_t size;
  uint8_t *bytes;
} change;

/* One change of a directory: `removed` goes, `name` comes; either may be NULL. An exchange makes
 * `removed` the name of `other`. */
typedef struct renaming {
  uint64_t order;
  char *removed;
  char *name;
  node *target;
  node *other;
} renaming;

typedef struct entry {
  char *name;
  node *target;
} entry;

typedef struct entries {
  entry *items;
  size_t count;
} entries;

struct node {
  bool directory;
  uint8_t *bytes; /* durable */
  uint64_t size;
  uint64_t capacity;
  change *changes; /* pending, oldest first */
  size_t change_count;
  entries names; /* durable */
  renaming *renamings;
  size_t renaming_count;
};

typedef struct sync_under_way {
  uint64_t number;
  uint64_t order;
} sync_under_way;

/* Bytes of an image's file; kept from one to the next, since fresh memory is dear. */
typedef struct canvas {
  uint8_t *bytes;
  uint64_t size;
  uint64_t capacity;
} canvas;

struct disk {
  node *nodes[NODES]; /* by the recorder's number */
  node *made[NODES];
  size_t made_count;
  char **texts;
  size_t text_count;
  sync_under_way syncs[SYNCS];
  uint64_t order;  /* of the next change */
  node *in_flight; /* its last write is through O_DSYNC and was the last event */
  canvas canvas;
};

/* --- chance --- */

uint64_t disk_chance_below(disk_chance *chance, uint64_t limit) {
  uint64_t z = (chance->state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (z ^ (z >> 31)) % limit;
}

static bool coin(disk_chance *chance) {
  return disk_chance_below(chance, 2) == 0;
}

/* --- memory --- */

static void *more(void *items, size_t count, size_t size) {
  if ((count & (count - 1)) != 0) return items;
  void *grown = realloc(items, (count == 0 ? 1 : 2 * count) * size);
  if (grown == NULL) err(2, "memory");
  return grown;
}

/* Entries and pending changes share names; they go with the disk. */
static char *copy_text(disk *self, const void *bytes, size_t size) {
  char *text = strndup(bytes, size);
  if (text == NULL) err(2, "memory");
  self->texts = more(self->texts, self->text_count, sizeof *self->texts);
  self->texts[self->text_count++] = text;
  return text;
}

static node *make_node(disk *self, bool directory) {
  node *made = calloc(1, sizeof *made);
  if (made == NULL) err(2, "memory");
  if (self->made_count == NODES) errx(2, "more than %d files", NODES);
  self->made[self->made_count++] = made;
  made->directory = directory;
  return made;
}

static void grow(uint8_t **bytes, uint64_t *capacity, uint64_t size) {
  if (size <= *capacity) return;
  uint64_t wanted = size * 2;
  uint8_t *grown = realloc(*bytes, wanted);
  if (grown == NULL) err(2, "memory");
  memset(grown + *capacity, 0, wanted - *capacity);
  *bytes = grown;
  *capacity = wanted;
}

/* --- bytes of a file --- */

/* Bytes behind the size are zero, so that growing shows zeros. */
static void set_size(node *file, uint64_t size) {
  grow(&file->bytes, &file->capacity, size);
  if (size < file->size) memset(file->bytes + size, 0, file->size - size);
  file->size = size;
}

static void put_bytes(node *file, uint64_t offset, const uint8_t *bytes, uint64_t size) {
  if (offset + size > file->size) set_size(file, offset + size);
  memcpy(file->bytes + offset, bytes, size);
}

static void put_change(node *file, const change *made) {
  if (made->sizes) {
    set_size(file, made->offset);
  } else {
    put_bytes(file, made->offset, made->bytes, made->size);
  }
}

/* --- names of a directory --- */

static void remove_name(entries *names, const char *name) {
  for (size_t i = 0; i < names->count; i++) {
    if (strcmp(names->items[i].name, name) != 0) continue;
    names->items[i] = names->items[--names->count];
    return;
  }
}

static void put_name(entries *names, char *name, node *target) {
  remove_name(names, name);
  names->items = more(names->items, names->count, sizeof *names->items);
  names->items[names->count++] = (entry){name, target};
}

static void put_renaming(entries *names, const renaming *made) {
  if (made->removed != NULL && made->other == NULL) remove_name(names, made->removed);
  if (made->other != NULL) put_name(names, made->removed, made->other);
  if (made->name != NULL) put_name(names, made->name, made->target);
}

/* --- events --- */

/* Takes the first `count` of `left` items away. */
static void drop(void *items, size_t count, size_t *left, size_t size) {
  *left -= count;
  if (count > 0 && *left > 0) memmove(items, (char *)items + count * size, *left * size);
}

static void settle(node *settled, uint64_t order) {
  size_t count = 0;
  while (count < settled->change_count && settled->changes[count].order < order) {
    put_change(settled, &settled->changes[count++]);
  }
  drop(settled->changes, count, &settled->change_count, sizeof *settled->changes);
  count = 0;
  while (count < settled->renaming_count && settled->renamings[count].order < order) {
    put_renaming(&settled->names, &settled->renamings[count++]);
  }
  drop(settled->renamings, count, &settled->renaming_count, sizeof *settled->renamings);
}

/* An older write that is still pending will bring the newer bytes where the two meet. */
static void overlay(const change *older, const change *newer) {
  uint64_t from = older->offset > newer->offset ? older->offset : newer->offset;
  uint64_t older_end = older->offset + older->size, newer_end = newer->offset + newer->size;
  uint64_t to = older_end < newer_end ? older_end : newer_end;
  if (older->sizes || from >= to) return;
  memcpy(older->bytes + (from - older->offset), newer->bytes + (from - newer->offset), to - from);
}

/* The last write of that file was durable with its call. */
static void settle_in_flight(disk *self) {
  node *file = self->in_flight;
  if (file == NULL) return;
  self->in_flight = NULL;
  change last = file->changes[--file->change_count];
  for (size_t i = 0; i < file->change_count; i++) overlay(&file->changes[i], &last);
  put_change(file, &last);
}

static node *node_of(const disk *self, uint64_t number) {
  if (number >= NODES || self->nodes[number] == NULL) errx(2, "a log with an unknown file");
  return self->nodes[number];
}

static void add_change(disk *self, node *file, change made) {
  made.order = self->order++;
  file->changes = more(file->changes, file->change_count, sizeof *file->changes);
  file->changes[file->change_count++] = made;
}

static void add_renaming(disk *self, node *directory, char *removed, char *name, node *target) {
  directory->renamings =
      more(directory->renamings, directory->renaming_count, sizeof *directory->renamings);
  directory->renamings[directory->renaming_count++] =
      (renaming){self->order++, removed, name, target, NULL};
}

static void add_exchange(disk *self, const record_head *head, char *name, char *second) {
  node *directory = node_of(self, head->other);
  add_renaming(self, directory, name, second, node_of(self, head->object));
  directory->renamings[directory->renaming_count - 1].other = node_of(self, head->offset);
}

static node *find_path(node *from, const char *path) {
  size_t size = strcspn(path, "/");
  for (size_t i = 0; i < from->names.count; i++) {
    const entry *at = &from->names.items[i];
    if (strncmp(at->name, path, size) != 0 || at->name[size] != '\0') continue;
    return path[size] == '\0' ? at->target : find_path(at->target, path + size + 1);
  }
  errx(2, "a log that knows %s, which the base has not", path);
}

static void begin_sync(disk *self, uint64_t number) {
  for (size_t i = 0; i < SYNCS; i++) {
    if (self->syncs[i].number != 0) continue;
    self->syncs[i] = (sync_under_way){number, self->order};
    return;
  }
  errx(2, "more than %d syncs at a time", SYNCS);
}

static void end_sync(disk *self, node *synced, uint64_t number) {
  for (size_t i = 0; i < SYNCS; i++) {
    if (self->syncs[i].number != number) continue;
    settle(synced, self->syncs[i].order);
    self->syncs[i].number = 0;
    return;
  }
  errx(2, "a log with the end of a sync that never began");
}

static void apply_rename(disk *self, const record_head *head, char *name, char *second) {
  node *from = node_of(self, head->other), *to = node_of(self, head->offset);
  node *moved = node_of(self, head->object);
  if (from == to) {
    add_renaming(self, from, name, second, moved);
  } else {
    add_renaming(self, from, name, NULL, NULL);
    add_renaming(self, to, NULL, second, moved);
  }
}

size_t disk_event_size(const uint8_t *bytes, size_t left) {
  record_head head;
  if (left < sizeof head) return 0;
  memcpy(&head, bytes, sizeof head);
  size_t size = sizeof head + head.name + head.second + head.data;
  return size <= left ? size : 0;
}

static void apply_file(disk *self, const record_head *head, uint8_t *data) {
  node *file = node_of(self, head->object);
  switch (head->kind) {
    case RECORD_WRITE:
      add_change(self, file, (change){.offset = head->offset, .size = head->data, .bytes = data});
      if (head->other != 0) self->in_flight = file;
      return;
    case RECORD_TRUNCATE:
      add_change(self, file, (change){.sizes = true, .offset = head->offset});
      return;
    case RECORD_SYNC_BEGIN:
      begin_sync(self, head->offset);
      return;
    default:
      end_sync(self, file, head->offset);
  }
}

void disk_apply(disk *self, uint8_t *event) {
  record_head head;
  memcpy(&head, event, sizeof head);
  uint8_t *names = event + sizeof head;
  settle_in_flight(self);
  if (head.kind == RECORD_SEND) return;
  if (head.object >= NODES) errx(2, "more than %d files", NODES);
  char *name = copy_text(self, names, head.name);
  switch (head.kind) {
    case RECORD_KNOWN:
      self->nodes[head.object] = find_path(node_of(self, RECORD_ROOT), name);
      break;
    case RECORD_CREATE:
      self->nodes[head.object] = make_node(self, head.offset == 1);
      add_renaming(self, node_of(self, head.other), NULL, name, self->nodes[head.object]);
      return;
    case RECORD_RENAME:
      apply_rename(self, &head, name, copy_text(self, names + head.name, head.second));
      return;
    case RECORD_EXCHANGE:
      add_exchange(self, &head, name, copy_text(self, names + head.name, head.second));
      return;
    case RECORD_LINK:
      add_renaming(self, node_of(self, head.other), NULL, name, node_of(self, head.object));
      return;
    case RECORD_UNLINK:
      add_renaming(self, node_of(self, head.other), name, NULL, NULL);
      return;
    default:
      apply_file(self, &head, names + head.name + head.second);
  }
}

bool disk_pending(const disk *self) {
  for (size_t i = 0; i < self->made_count; i++) {
    if (self->made[i]->change_count + self->made[i]->renaming_count > 0) return true;
  }
  return false;
}

/* --- images --- */

typedef struct drawing {
  disk_style style;
  disk_chance *chance;
} drawing;

static disk_style style_of(const drawing *drawn) {
  if (drawn->style != DISK_MIXED) return drawn->style;
  return (disk_style)disk_chance_below(drawn->chance, DISK_STYLES);
}

static void paint(canvas *drawn, const change *made, uint64_t from, uint64_t to) {
  if (to > drawn->size) to = drawn->size;
  if (from >= to) return;
  memcpy(drawn->bytes + from, made->bytes + (from - made->offset), to - from);
}

/* The sectors of a write for which `keeps` says so; sectors are those of the file. */
static void paint_torn(canvas *drawn, const change *made, uint64_t kept, disk_chance *chance) {
  uint64_t end = made->offset + made->size;
  for (uint64_t at = made->offset; at < end;) {
    uint64_t next = (at / SECTOR + 1) * SECTOR;
    if (next > end) next = end;
    bool keeps = chance != NULL ? coin(chance) : next <= made->offset + kept;
    if (keeps) paint(drawn, made, at, next);
    at = next;
  }
}

static void resize(canvas *drawn, uint64_t size) {
  grow(&drawn->bytes, &drawn->capacity, size);
  if (size < drawn->size) memset(drawn->bytes + size, 0, drawn->size - size);
  drawn->size = size;
}

/* A write that is kept whole may still lie behind an end of file that did not move. */
static void draw_change(canvas *drawn, const change *made, bool grows) {
  if (made->sizes) {
    resize(drawn, made->offset);
    return;
  }
  uint64_t end = made->offset + made->size;
  if (grows && end > drawn->size) resize(drawn, end);
  paint(drawn, made, made->offset, end);
}

static void draw_sectors(canvas *drawn, const change *made, bool grows, disk_chance *chance) {
  if (made->sizes) {
    if (coin(chance)) resize(drawn, made->offset);
    return;
  }
  uint64_t end = made->offset + made->size;
  if (grows && end > drawn->size) resize(drawn, end);
  paint_torn(drawn, made, 0, chance);
}

static void draw_prefix(canvas *drawn, const node *file, disk_chance *chance) {
  uint64_t whole = disk_chance_below(chance, file->change_count + 1);
  for (uint64_t i = 0; i < whole; i++) draw_change(drawn, &file->changes[i], true);
  if (whole == file->change_count || file->changes[whole].sizes) return;
  const change *torn = &file->changes[whole];
  if (coin(chance) && torn->offset + torn->size > drawn->size) {
    resize(drawn, torn->offset + torn->size);
  }
  paint_torn(drawn, torn, disk_chance_below(chance, torn->size + 1), NULL);
}

static void draw_file(canvas *drawn, const node *file, const drawing *how) {
  resize(drawn, file->size);
  if (file->size > 0) memcpy(drawn->bytes, file->bytes, file->size);
  disk_style style = style_of(how);
  bool grows = style == DISK_WHOLE || coin(how->chance);
  if (style == DISK_PREFIX) draw_prefix(drawn, file, how->chance);
  for (size_t i = 0; i < file->change_count; i++) {
    const change *made = &file->changes[i];
    if (style == DISK_WHOLE) draw_change(drawn, made, grows);
    if (style == DISK_SOME && coin(how->chance)) draw_change(drawn, made, grows);
    if (style == DISK_SECTORS) draw_sectors(drawn, made, grows, how->chance);
  }
}

/* Blocks of zeros stay holes: segments are mostly that. */
static void write_file(int folder, const char *name, const canvas *drawn) {
  static const uint8_t zeros[BLOCK];
  int file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0 || ftruncate(file, (off_t)drawn->size) != 0) err(2, "%s of an image", name);
  for (uint64_t at = 0; at < drawn->size; at += BLOCK) {
    size_t size = drawn->size - at < BLOCK ? (size_t)(drawn->size - at) : BLOCK;
    if (memcmp(drawn->bytes + at, zeros, size) == 0) continue;
    if (pwrite(file, drawn->bytes + at, size, (off_t)at) != (ssize_t)size) err(2, "an image");
  }
  (void)close(file);
}

static entries draw_names(const node *directory, const drawing *how) {
  entries drawn = {0};
  for (size_t i = 0; i < directory->names.count; i++) {
    put_name(&drawn, directory->names.items[i].name, directory->names.items[i].target);
  }
  disk_style style = style_of(how);
  uint64_t prefix = disk_chance_below(how->chance, directory->renaming_count + 1);
  for (size_t i = 0; i < directory->renaming_count; i++) {
    bool kept = style == DISK_WHOLE || (style == DISK_PREFIX && i < prefix) ||
                ((style == DISK_SOME || style == DISK_SECTORS) && coin(how->chance));
    if (kept) put_renaming(&drawn, &directory->renamings[i]);
  }
  return drawn;
}

static void write_directory(canvas *drawn, int above, const char *name, const node *directory,
                            const drawing *how) {
  if (mkdirat(above, name, 0700) != 0) err(2, "%s of an image", name);
  int folder = openat(above, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) err(2, "%s of an image", name);
  entries names = draw_names(directory, how);
  for (size_t i = 0; i < names.count; i++) {
    const entry *at = &names.items[i];
    if (at->target->directory) {
      write_directory(drawn, folder, at->name, at->target, how);
      continue;
    }
    resize(drawn, 0);
    draw_file(drawn, at->target, how);
    write_file(folder, at->name, drawn);
  }
  free(names.items);
  (void)close(folder);
}

void disk_write_image(disk *self, const char *directory, disk_style style, disk_chance *chance) {
  drawing how = {style, chance};
  write_directory(&self->canvas, AT_FDCWD, directory, node_of(self, RECORD_ROOT), &how);
}

/* --- the base --- */

static void load_file(node *file, int folder, const char *name) {
  struct stat state;
  int opened = openat(folder, name, O_RDONLY | O_CLOEXEC);
  if (opened < 0 || fstat(opened, &state) != 0) err(2, "%s of the base", name);
  set_size(file, (uint64_t)state.st_size);
  for (uint64_t at = 0; at < file->size;) {
    ssize_t got = pread(opened, file->bytes + at, file->size - at, (off_t)at);
    if (got <= 0) err(2, "%s of the base", name);
    at += (uint64_t)got;
  }
  (void)close(opened);
}

static void load_directory(disk *self, node *directory, int folder) {
  DIR *listing = fdopendir(folder);
  if (listing == NULL) err(2, "the base");
  for (struct dirent *at = readdir(listing); at != NULL; at = readdir(listing)) {
    struct stat state;
    if (at->d_name[0] == '.') continue; /* and what servers keep hidden is not of the store */
    if (fstatat(folder, at->d_name, &state, AT_SYMLINK_NOFOLLOW) != 0) err(2, "the base");
    if (!S_ISREG(state.st_mode) && !S_ISDIR(state.st_mode)) continue;
    node *made = make_node(self, S_ISDIR(state.st_mode));
    put_name(&directory->names, copy_text(self, at->d_name, strlen(at->d_name)), made);
    if (!made->directory) {
      load_file(made, folder, at->d_name);
      continue;
    }
    int below = openat(folder, at->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (below < 0) err(2, "the base");
    load_directory(self, made, below);
  }
  (void)closedir(listing);
}

disk *disk_new(const char *base) {
  disk *made = calloc(1, sizeof *made);
  if (made == NULL) err(2, "memory");
  made->nodes[RECORD_ROOT] = make_node(made, true);
  if (base == NULL) return made;
  int folder = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) err(2, "%s", base);
  load_directory(made, made->nodes[RECORD_ROOT], folder);
  return made;
}

void disk_free(disk *freed) {
  for (size_t i = 0; i < freed->text_count; i++) free(freed->texts[i]);
  free(freed->texts);
  free(freed->canvas.bytes);
  for (size_t i = 0; i < freed->made_count; i++) {
    free(freed->made[i]->bytes);
    free(freed->made[i]->changes);
    free(freed->made[i]->names.items);
    free(freed->made[i]->renamings);
    free(freed->made[i]);
  }
  free(freed);
}
