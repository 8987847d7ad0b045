/* guesses: one ring of instants per count, found by a digest, the idle ones at the front of a queue. See
 * guesses.h.
 *
 * A ring holds as many instants as its limit allows; a new guess is refused while the oldest of a full
 * ring lies within the window. So the limit holds for every window, wherever it begins.
 *
 * Memory:  counts belong to the map, with their rings.  Threads: the mutex guards all.  Fails: never. */
#include "api/guesses.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/metric.h"

#define KINDS 3
#define NANOSECONDS_PER_MS 1000000

BASE_METRIC(guesses_wrong, "api_guesses_wrong_total");
BASE_METRIC(guesses_refused, "api_guesses_refused_total");

typedef enum count_kind { COUNT_PAIR, COUNT_USER, COUNT_ADDRESS } count_kind;

typedef struct count {
  TAILQ_ENTRY(count) link;
  base_digest key;
  size_t used; /* instants in the ring, oldest first */
  int64_t at[];
} count;

struct api_guesses {
  api_guess_options options;
  pthread_mutex_t mutex;
  base_map *counts;
  TAILQ_HEAD(, count) idle; /* longest idle first */
  uint64_t cost;            /* of one check, nanoseconds; a running mean */
  uint64_t owed_until;      /* base_clock_monotonic by which the strangers' budget is even again */
};

static api_guess_options with_defaults(api_guess_options options) {
  if (options.window_ms == 0) options.window_ms = 600000;
  if (options.pair == 0) options.pair = 5;
  if (options.user == 0) options.user = 50;
  if (options.address == 0) options.address = 60;
  if (options.kept == 0) options.kept = 65536;
  if (options.share_percent == 0) options.share_percent = 25;
  if (options.strangers == 0) options.strangers = 16;
  return options;
}

api_guesses *api_guesses_new(const api_guess_options *options) {
  api_guesses *made = base_alloc(sizeof *made);
  *made = (api_guesses){.options = with_defaults(*options), .counts = base_map_new()};
  (void)pthread_mutex_init(&made->mutex, NULL);
  TAILQ_INIT(&made->idle);
  return made;
}

static base_slice key_of(const base_digest *digest) {
  return base_slice_make(digest->bytes, sizeof digest->bytes);
}

/* clang's analyser does not see that TAILQ_REMOVE takes the first out of its head, and thinks that the next
 * one dropped is the same: hence the two NOLINT. */
static void drop(api_guesses *guesses, count *old) {
  (void)base_map_remove(guesses->counts, key_of(&old->key));
  TAILQ_REMOVE(&guesses->idle, old, link);
  free(old);
}

void api_guesses_free(api_guesses *guesses) {
  if (guesses == NULL) return;
  /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): see drop */
  while (!TAILQ_EMPTY(&guesses->idle)) drop(guesses, TAILQ_FIRST(&guesses->idle));
  base_map_free(guesses->counts);
  (void)pthread_mutex_destroy(&guesses->mutex);
  free(guesses);
}

/* --- one count ----------------------------------------------------------------------------------- */

static size_t limit_of(const api_guesses *guesses, count_kind kind) {
  const api_guess_options *options = &guesses->options;
  if (kind == COUNT_PAIR) return options->pair;
  return kind == COUNT_USER ? options->user : options->address;
}

static bool applies(const api_guess *guess, count_kind kind) {
  return kind == COUNT_PAIR || !guess->known;
}

static base_digest digest_of(const api_guess *guess, count_kind kind) {
  base_hash hash;
  base_hash_init(&hash);
  base_hash_add_integer(&hash, kind);
  base_hash_add(&hash, kind == COUNT_ADDRESS ? (base_slice){0} : guess->user);
  base_hash_add(&hash, kind == COUNT_USER ? (base_slice){0} : guess->network);
  return base_hash_final(&hash);
}

static count *find(const api_guesses *guesses, const base_digest *key) {
  return base_map_get(guesses->counts, key_of(key));
}

/* Instants that lie after now, because the clock was put back, are of no window. */
static void forget_old(count *counted, int64_t from, int64_t now) {
  size_t kept = 0;
  for (size_t i = 0; i < counted->used; i++) {
    int64_t at = counted->at[i];
    if (at > from && at <= now) counted->at[kept++] = at;
  }
  counted->used = kept;
}

static count *find_or_make(api_guesses *guesses, const base_digest *key, size_t limit) {
  count *counted = find(guesses, key);
  if (counted != NULL) {
    TAILQ_REMOVE(&guesses->idle, counted, link);
  } else {
    if (base_map_count(guesses->counts) >= guesses->options.kept) {
      /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): see drop */
      drop(guesses, TAILQ_FIRST(&guesses->idle));
    }
    counted = base_alloc(sizeof *counted + limit * sizeof counted->at[0]);
    counted->key = *key;
    counted->used = 0;
    (void)base_map_put(guesses->counts, key_of(key), counted);
  }
  TAILQ_INSERT_TAIL(&guesses->idle, counted, link);
  return counted;
}

/* --- all counts of one guess ---------------------------------------------------------------------- */

static int64_t wait_of(api_guesses *guesses, const api_guess *guess, int64_t now) {
  int64_t wait = 0;
  int64_t from = now - guesses->options.window_ms;
  for (count_kind kind = COUNT_PAIR; kind < KINDS; kind++) {
    base_digest key = digest_of(guess, kind);
    count *counted = applies(guess, kind) ? find(guesses, &key) : NULL;
    if (counted == NULL) continue;
    forget_old(counted, from, now);
    if (counted->used < limit_of(guesses, kind)) continue;
    int64_t left = counted->at[0] - from;
    if (left > wait) wait = left;
  }
  return wait;
}

static void add(api_guesses *guesses, const api_guess *guess, int64_t now) {
  for (count_kind kind = COUNT_PAIR; kind < KINDS; kind++) {
    if (!applies(guess, kind)) continue;
    base_digest key = digest_of(guess, kind);
    count *counted = find_or_make(guesses, &key, limit_of(guesses, kind));
    counted->at[counted->used++] = now;
  }
}

/* The newest one goes. */
static void take_back(api_guesses *guesses, const api_guess *guess) {
  for (count_kind kind = COUNT_PAIR; kind < KINDS; kind++) {
    base_digest key = digest_of(guess, kind);
    count *counted = applies(guess, kind) ? find(guesses, &key) : NULL;
    if (counted == NULL) continue;
    if (counted->used > 0) counted->used--;
    if (counted->used == 0) drop(guesses, counted);
  }
}

/* Milliseconds until the budget bears another check; 0, and it is charged. */
static int64_t charge(api_guesses *guesses) {
  uint64_t now = base_clock_monotonic();
  uint64_t price = guesses->cost * 100 / guesses->options.share_percent;
  uint64_t most = price * guesses->options.strangers;
  if (guesses->owed_until < now) guesses->owed_until = now;
  uint64_t owed = guesses->owed_until - now;
  if (owed + price > most) return (int64_t)((owed + price - most) / NANOSECONDS_PER_MS) + 1;
  guesses->owed_until += price;
  return 0;
}

int64_t api_guesses_admit(api_guesses *guesses, const api_guess *guess, int64_t now) {
  (void)pthread_mutex_lock(&guesses->mutex);
  int64_t wait = wait_of(guesses, guess, now);
  if (wait == 0 && !guess->known && guesses->cost > 0) wait = charge(guesses);
  (void)pthread_mutex_unlock(&guesses->mutex);
  if (wait > 0) base_metric_add(&guesses_refused, 1);
  return wait;
}

int64_t api_guesses_begin(api_guesses *guesses, const api_guess *guess, int64_t now) {
  (void)pthread_mutex_lock(&guesses->mutex);
  int64_t wait = wait_of(guesses, guess, now);
  if (wait == 0) add(guesses, guess, now);
  (void)pthread_mutex_unlock(&guesses->mutex);
  if (wait > 0) base_metric_add(&guesses_refused, 1);
  return wait;
}

void api_guesses_end(api_guesses *guesses, const api_guess *guess, bool right,
                     uint64_t nanoseconds) {
  (void)pthread_mutex_lock(&guesses->mutex);
  if (right) take_back(guesses, guess);
  guesses->cost = guesses->cost == 0 ? nanoseconds : (guesses->cost * 7 + nanoseconds) / 8;
  (void)pthread_mutex_unlock(&guesses->mutex);
  if (!right) base_metric_add(&guesses_wrong, 1);
}

size_t api_guesses_count(api_guesses *guesses) {
  (void)pthread_mutex_lock(&guesses->mutex);
  size_t kept = base_map_count(guesses->counts);
  (void)pthread_mutex_unlock(&guesses->mutex);
  return kept;
}
