/* arena: memory that is given back all at once.
 * Memory:  the arena owns what it hands out; base_arena_reset and base_arena_free end all of it.
 * Threads: one at a time; an arena moves between threads with the request that owns it.
 * Fails:   never returns NULL. When the machine has no memory left the process ends with a message:
 *          nothing acknowledged is lost by that (docs/decisions/0002-out-of-memory.md). */
#pragma once

#include "base/slice.h"

typedef struct base_arena base_arena;

base_arena *base_arena_new(void);
void base_arena_free(base_arena *arena);

/* Ends all allocations and keeps the first block for the next user. */
void base_arena_reset(base_arena *arena);

/* Ends all allocations and keeps all blocks, for a next user who needs as much. */
void base_arena_rewind(base_arena *arena);

/* Bytes handed out since the last reset. */
size_t base_arena_size(const base_arena *arena);

/* `size` bytes aligned for any object; not initialised, or zeroed. */
void *base_arena_alloc(base_arena *arena, size_t size);
void *base_arena_zero(base_arena *arena, size_t size);

/* `count` zeroed elements of `size` bytes; a product that overflows ends the process. */
void *base_arena_array(base_arena *arena, size_t size, size_t count);

/* Copies into the arena. The text copies end with a NUL that does not count in the slice. */
base_slice base_arena_slice(base_arena *arena, base_slice from);
char *base_arena_text(base_arena *arena, base_slice from);
char *base_arena_format(base_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Arenas that wait for their next user, so that small ones cost no malloc. Zeroed it is empty; one thread
 * at a time. */
#define BASE_ARENA_POOL 64
typedef struct base_arena_pool {
  size_t count;
  base_arena *items[BASE_ARENA_POOL];
} base_arena_pool;

base_arena *base_arena_take(base_arena_pool *pool);
void base_arena_give(base_arena_pool *pool, base_arena *arena); /* ends all its allocations */
void base_arena_pool_fini(base_arena_pool *pool);

/* malloc and realloc that end the process with a message instead of returning NULL. */
void *base_alloc(size_t size);
void *base_realloc(void *memory, size_t size);

/* The same for zeros, which cost memory only where they are touched when they are many. */
void *base_alloc_zeros(size_t size);

#define BASE_NEW(arena, type) ((type *)base_arena_zero((arena), sizeof(type)))
#define BASE_NEW_ARRAY(arena, type, count)                                                         \
  ((type *)base_arena_array((arena), sizeof(type), (size_t)(count)))
