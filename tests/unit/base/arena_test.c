/* arena: alignment, growth, reset, copies; a request nobody can mean ends the process. */
#include "base/arena.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int make_arena(void **state) {
  *state = base_arena_new();
  return 0;
}

static int free_arena(void **state) {
  base_arena_free(*state);
  return 0;
}

static void allocations_are_aligned_and_apart(void **state) {
  base_arena *arena = *state;
  uint8_t *parts[200];
  for (size_t i = 0; i < 200; i++) {
    parts[i] = base_arena_alloc(arena, i);
    assert_int_equal((uintptr_t)parts[i] % _Alignof(max_align_t), 0);
    memset(parts[i], (int)i, i);
  }
  for (size_t i = 0; i < 200; i++) {
    for (size_t j = 0; j < i; j++) assert_int_equal(parts[i][j], i);
  }
  assert_int_equal(base_arena_size(arena), 199 * 200 / 2);
}

static void zeroed_memory_is_zero_after_a_reset_too(void **state) {
  base_arena *arena = *state;
  memset(base_arena_alloc(arena, 4096), 0xff, 4096);
  base_arena_reset(arena);
  const uint8_t *bytes = base_arena_zero(arena, 4096);
  for (size_t i = 0; i < 4096; i++) assert_int_equal(bytes[i], 0);
}

static void large_requests_get_their_own_room(void **state) {
  base_arena *arena = *state;
  uint8_t *large = base_arena_alloc(arena, 5 * 1024 * 1024);
  large[0] = 1;
  large[5 * 1024 * 1024 - 1] = 2;
  uint8_t *small = base_arena_alloc(arena, 16);
  memset(small, 3, 16);
  assert_int_equal(large[5 * 1024 * 1024 - 1], 2);
}

static void a_reset_starts_over_in_the_first_block(void **state) {
  base_arena *arena = *state;
  const void *first = base_arena_alloc(arena, 64);
  for (int i = 0; i < 100; i++) (void)base_arena_alloc(arena, 4096);
  base_arena_reset(arena);
  assert_int_equal(base_arena_size(arena), 0);
  assert_ptr_equal(base_arena_alloc(arena, 64), first);
}

static void a_rewind_hands_out_the_same_memory(void **state) {
  enum { PIECES = 100 };
  base_arena *arena = *state;
  void *pieces[PIECES];
  for (int i = 0; i < PIECES; i++) pieces[i] = base_arena_alloc(arena, 4096);
  for (int round = 0; round < 3; round++) {
    base_arena_rewind(arena);
    assert_int_equal(base_arena_size(arena), 0);
    for (int i = 0; i < PIECES; i++) assert_ptr_equal(base_arena_alloc(arena, 4096), pieces[i]);
  }
  /* what is larger than a kept block gets one of its own */
  base_arena_rewind(arena);
  uint8_t *large = base_arena_alloc(arena, 5 * 1024 * 1024);
  large[5 * 1024 * 1024 - 1] = 1;
  memset(base_arena_alloc(arena, 4096), 2, 4096);
  assert_int_equal(large[5 * 1024 * 1024 - 1], 1);
  base_arena_reset(arena);
  assert_ptr_equal(base_arena_alloc(arena, 4096), pieces[0]);
}

static void copies_end_with_a_nul_that_does_not_count(void **state) {
  base_arena *arena = *state;
  char from[] = "济南泉城大药房";
  base_slice copy = base_arena_slice(arena, base_slice_text(from));
  memset(from, 'x', sizeof from - 1);
  assert_true(base_slice_is(copy, "济南泉城大药房"));
  assert_int_equal(copy.data[copy.size], 0);
  assert_string_equal(base_arena_text(arena, base_slice_make("李静", 3)), "李");
  assert_string_equal(base_arena_text(arena, base_slice_make(NULL, 0)), "");
}

static void formats_of_any_length(void **state) {
  base_arena *arena = *state;
  assert_string_equal(base_arena_format(arena, "lines[%d].%s", 3, "quantity"), "lines[3].quantity");
  const char *wide = base_arena_format(arena, "%*d", 20000, 7);
  assert_int_equal(strlen(wide), 20000);
  assert_int_equal(wide[19999], '7');
}

static void arrays_are_zeroed(void **state) {
  int64_t *amounts = BASE_NEW_ARRAY(*state, int64_t, 1000);
  for (size_t i = 0; i < 1000; i++) assert_int_equal(amounts[i], 0);
}

static void reallocated_bytes_are_kept(void **state) {
  (void)state;
  char *text = base_alloc(4);
  memcpy(text, "abc", 4);
  text = base_realloc(text, 100000);
  assert_string_equal(text, "abc");
  text = base_realloc(text, 0);
  assert_non_null(text);
  free(text);
}

/* Runs `request` in a child of its own and returns the signal that ended it. */
static int signal_of(void (*request)(void)) {
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    assert_non_null(freopen("/dev/null", "w", stderr));
    request();
    _exit(0);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void ask_for_everything(void) {
  (void)base_alloc(SIZE_MAX - 1);
}

static void ask_arena_for_everything(void) {
  (void)base_arena_alloc(base_arena_new(), SIZE_MAX - 1);
}

static void ask_for_too_many(void) {
  (void)base_arena_array(base_arena_new(), sizeof(int64_t), SIZE_MAX / 4);
}

static void impossible_requests_end_the_process(void **state) {
  (void)state;
  assert_int_equal(signal_of(ask_for_everything), SIGABRT);
  assert_int_equal(signal_of(ask_arena_for_everything), SIGABRT);
  assert_int_equal(signal_of(ask_for_too_many), SIGABRT);
}

static void a_pool_hands_out_what_it_was_given(void **state) {
  (void)state;
  base_arena_pool pool = {.count = 0};
  base_arena *arenas[BASE_ARENA_POOL + 1];
  for (size_t i = 0; i <= BASE_ARENA_POOL; i++) arenas[i] = base_arena_take(&pool);
  memset(base_arena_alloc(arenas[0], 100000), 1, 100000);
  for (size_t i = 0; i <= BASE_ARENA_POOL; i++) base_arena_give(&pool, arenas[i]);
  assert_int_equal(pool.count, BASE_ARENA_POOL); /* one was too many */
  base_arena *last = base_arena_take(&pool);
  assert_ptr_equal(last, arenas[BASE_ARENA_POOL - 1]);
  assert_int_equal(base_arena_size(last), 0);
  base_arena_give(&pool, last);
  while (pool.count > 1) base_arena_free(base_arena_take(&pool));
  assert_ptr_equal(pool.items[0], arenas[0]);
  assert_int_equal(base_arena_size(arenas[0]), 0);
  base_arena_pool_fini(&pool);
  assert_int_equal(pool.count, 0);
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, make_arena, free_arena)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_ARENA(allocations_are_aligned_and_apart),
      WITH_ARENA(zeroed_memory_is_zero_after_a_reset_too),
      WITH_ARENA(large_requests_get_their_own_room),
      WITH_ARENA(a_reset_starts_over_in_the_first_block),
      WITH_ARENA(a_rewind_hands_out_the_same_memory),
      WITH_ARENA(copies_end_with_a_nul_that_does_not_count),
      WITH_ARENA(formats_of_any_length),
      WITH_ARENA(arrays_are_zeroed),
      cmocka_unit_test(reallocated_bytes_are_kept),
      cmocka_unit_test(a_pool_hands_out_what_it_was_given),
      cmocka_unit_test(impossible_requests_end_the_process),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
