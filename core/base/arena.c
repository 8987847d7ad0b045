/* arena: a chain of blocks, each twice as large as the one before. See arena.h.
 * Memory:  blocks come from malloc; the first one stays until base_arena_free, all of them after a rewind.
 * Threads: one at a time.  Fails: base_fatal without memory.
 * Under AddressSanitizer bytes that are not handed out are poisoned, with a gap behind each
 * allocation, so that a use after the reset or behind the end is found. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/failpoint.h"
#include "base/log.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#endif

#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#define ARENA_GAP ((size_t)16)
#else
#define ASAN_POISON_MEMORY_REGION(memory, size) ((void)(memory), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(memory, size) ((void)(memory), (void)(size))
#define ARENA_GAP ((size_t)0)
#endif

#define ARENA_ALIGNMENT alignof(max_align_t)
#define ARENA_FIRST ((size_t)8 * 1024)
#define ARENA_LARGEST ((size_t)1024 * 1024)
/* No request comes near this; what does is an overflow in the caller's arithmetic. */
#define SIZE_LIMIT (SIZE_MAX / 4)

typedef struct arena_block {
  struct arena_block *next;
  size_t room;
  alignas(max_align_t) uint8_t bytes[];
} arena_block;

struct base_arena {
  arena_block *blocks; /* newest first; allocations come from the first of them */
  arena_block *kept;   /* by a rewind, for those to come */
  size_t used;         /* of the newest block */
  size_t size;
};

void *base_alloc(size_t size) {
  bool none = size > SIZE_LIMIT || base_failpoint("base.memory.alloc");
  void *memory = none ? NULL : malloc(size == 0 ? 1 : size);
  if (memory == NULL) base_fatal("base.memory", "bytes=%zu reason=exhausted", size);
  return memory;
}

void *base_alloc_zeros(size_t size) {
  bool none = size > SIZE_LIMIT || base_failpoint("base.memory.alloc");
  void *memory = none ? NULL : calloc(1, size == 0 ? 1 : size);
  if (memory == NULL) base_fatal("base.memory", "bytes=%zu reason=exhausted", size);
  return memory;
}

void *base_realloc(void *memory, size_t size) {
  bool none = size > SIZE_LIMIT || base_failpoint("base.memory.realloc");
  void *moved = none ? NULL : realloc(memory, size == 0 ? 1 : size);
  if (moved == NULL) base_fatal("base.memory", "bytes=%zu reason=exhausted", size);
  return moved;
}

static arena_block *new_block(size_t room) {
  arena_block *block = base_alloc(sizeof(arena_block) + room);
  block->room = room;
  return block;
}

/* A kept one, if it has so much room. */
static arena_block *take_block(base_arena *arena, size_t need) {
  arena_block *block = arena->kept;
  if (block == NULL || block->room < need) return NULL;
  arena->kept = block->next;
  return block;
}

static void push_block(base_arena *arena, arena_block *block) {
  block->next = arena->blocks;
  arena->blocks = block;
  arena->used = 0;
  ASAN_POISON_MEMORY_REGION(block->bytes, block->room);
}

static void free_block(arena_block *block) {
  ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->room);
  free(block);
}

base_arena *base_arena_new(void) {
  base_arena *arena = base_alloc(sizeof *arena);
  *arena = (base_arena){0};
  push_block(arena, new_block(ARENA_FIRST));
  return arena;
}

void base_arena_free(base_arena *arena) {
  if (arena == NULL) return;
  base_arena_reset(arena);
  free_block(arena->blocks);
  free(arena);
}

/* The oldest is kept first, so that the next user gets them in the order of their sizes. */
void base_arena_rewind(base_arena *arena) {
  while (arena->blocks->next != NULL) {
    arena_block *block = arena->blocks;
    arena->blocks = block->next;
    block->next = arena->kept;
    arena->kept = block;
  }
  arena->used = 0;
  arena->size = 0;
  ASAN_POISON_MEMORY_REGION(arena->blocks->bytes, arena->blocks->room);
}

void base_arena_reset(base_arena *arena) {
  base_arena_rewind(arena);
  while (arena->kept != NULL) {
    arena_block *block = arena->kept;
    arena->kept = block->next;
    free_block(block);
  }
}

base_arena *base_arena_take(base_arena_pool *pool) {
  return pool->count > 0 ? pool->items[--pool->count] : base_arena_new();
}

void base_arena_give(base_arena_pool *pool, base_arena *arena) {
  if (pool->count == BASE_ARENA_POOL) {
    base_arena_free(arena);
  } else {
    base_arena_reset(arena);
    pool->items[pool->count++] = arena;
  }
}

void base_arena_pool_fini(base_arena_pool *pool) {
  while (pool->count > 0) base_arena_free(pool->items[--pool->count]);
}

size_t base_arena_size(const base_arena *arena) {
  return arena->size;
}

static arena_block *next_block(base_arena *arena, size_t need) {
  arena_block *block = take_block(arena, need);
  if (block != NULL) return block;
  size_t room = arena->blocks->room * 2;
  if (room > ARENA_LARGEST) room = ARENA_LARGEST;
  return new_block(need > room ? need : room);
}

void *base_arena_alloc(base_arena *arena, size_t size) {
  if (size > SIZE_LIMIT) base_fatal("base.memory", "bytes=%zu reason=overflow", size);
  size_t need = (size + ARENA_GAP + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
  if (need > arena->blocks->room - arena->used) push_block(arena, next_block(arena, need));
  uint8_t *memory = arena->blocks->bytes + arena->used;
  arena->used += need;
  arena->size += size;
  ASAN_UNPOISON_MEMORY_REGION(memory, size);
  return memory;
}

void *base_arena_zero(base_arena *arena, size_t size) {
  return memset(base_arena_alloc(arena, size), 0, size);
}

void *base_arena_array(base_arena *arena, size_t size, size_t count) {
  size_t total = 0;
  if (__builtin_mul_overflow(size, count, &total)) {
    base_fatal("base.memory", "bytes=%zu count=%zu reason=overflow", size, count);
  }
  return base_arena_zero(arena, total);
}

char *base_arena_text(base_arena *arena, base_slice from) {
  char *text = base_arena_alloc(arena, from.size + 1);
  if (from.size > 0) memcpy(text, from.data, from.size);
  text[from.size] = '\0';
  return text;
}

base_slice base_arena_slice(base_arena *arena, base_slice from) {
  return base_slice_make(base_arena_text(arena, from), from.size);
}

char *base_arena_format(base_arena *arena, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int size = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (size < 0) base_fatal("base.format", "format=\"%s\"", format);
  char *text = base_arena_alloc(arena, (size_t)size + 1);
  (void)vsnprintf(text, (size_t)size + 1, format, again);
  va_end(again);
  return text;
}
