/* tour: see tour.h. The tour is an array of nodes with an array of their places beside it; a change is
 * the reversal of a piece of it, always the shorter one of the two there are.
 *
 * Memory, Threads, Fails: see the header. */
#include "tour.h"

#include <stdbool.h>
#include <string.h>

#define NEIGHBOURS 10
#define SEGMENT 3       /* nodes that an Or-opt move takes along at most */
#define KICK_SEGMENT 30 /* nodes of one of the three pieces that a kick exchanges at most */
#define SEED 2463534242u

typedef struct search {
  const int32_t *distances;
  uint32_t count;
  uint32_t near_count;
  uint32_t *near;   /* near_count for each node, the nearest first */
  uint32_t *nodes;  /* the tour */
  uint32_t *places; /* of each node in it */
  uint32_t *best;   /* the shortest tour so far, and its places behind */
  uint32_t *queue;  /* nodes whose surroundings changed: a ring */
  uint32_t queue_first;
  uint32_t queue_count;
  uint8_t *queued;
  uint32_t random;
  int64_t length;
} search;

static int64_t distance(const search *in, uint32_t a, uint32_t b) {
  return in->distances[(size_t)a * in->count + b];
}

int64_t tour_length(const tour_problem *problem, const uint32_t *order) {
  int64_t length = 0;
  for (uint32_t i = 0; i < problem->count; i++) {
    uint32_t next = order[i + 1 == problem->count ? 0 : i + 1];
    length += problem->distances[(size_t)order[i] * problem->count + next];
  }
  return length;
}

/* --- few nodes: all orders --------------------------------------------------------------------- */

typedef struct trial {
  const tour_problem *problem;
  uint32_t order[TOUR_EXACT];
  uint32_t best[TOUR_EXACT];
  int64_t shortest;
} trial;

static void try_orders(trial *tried, uint32_t placed) {
  if (placed == tried->problem->count) {
    int64_t length = tour_length(tried->problem, tried->order);
    if (length >= tried->shortest) return;
    tried->shortest = length;
    memcpy(tried->best, tried->order, sizeof tried->best);
    return;
  }
  for (uint32_t i = placed; i < tried->problem->count; i++) {
    uint32_t node = tried->order[i];
    tried->order[i] = tried->order[placed];
    tried->order[placed] = node;
    try_orders(tried, placed + 1);
    tried->order[placed] = tried->order[i];
    tried->order[i] = node;
  }
}

static int64_t solve_exactly(const tour_problem *problem, uint32_t *order) {
  trial tried = {.problem = problem, .shortest = INT64_MAX};
  for (uint32_t i = 0; i < problem->count; i++) tried.order[i] = i;
  try_orders(&tried, 1); /* a round tour may as well begin at the first */
  memcpy(order, tried.best, problem->count * sizeof *order);
  return tried.shortest;
}

/* --- the array --------------------------------------------------------------------------------- */

static uint32_t next_of(const search *in, uint32_t node) {
  uint32_t place = in->places[node] + 1;
  return in->nodes[place == in->count ? 0 : place];
}

static uint32_t previous_of(const search *in, uint32_t node) {
  uint32_t place = in->places[node];
  return in->nodes[place == 0 ? in->count - 1 : place - 1];
}

static uint32_t step(const search *in, uint32_t node, bool forward) {
  return forward ? next_of(in, node) : previous_of(in, node);
}

static void put(search *in, uint32_t place, uint32_t node) {
  in->nodes[place] = node;
  in->places[node] = place;
}

/* Reverses the way from `first` to `last`, or what lies outside of it: the round tour is the same. */
static void reverse(search *in, uint32_t first, uint32_t last) {
  uint32_t from = in->places[first];
  uint32_t to = in->places[last];
  uint32_t inside = (to + in->count - from) % in->count + 1;
  if (inside * 2 > in->count) {
    uint32_t begin = to + 1 == in->count ? 0 : to + 1;
    to = from == 0 ? in->count - 1 : from - 1;
    from = begin;
    inside = in->count - inside;
  }
  for (uint32_t swaps = inside / 2; swaps > 0; swaps--) {
    uint32_t node = in->nodes[from];
    put(in, from, in->nodes[to]);
    put(in, to, node);
    from = from + 1 == in->count ? 0 : from + 1;
    to = to == 0 ? in->count - 1 : to - 1;
  }
}

/* Edges (a, b) and (c, d) become (a, c) and (b, d); b follows a as d follows c, in whichever
 * direction. */
static void exchange(search *in, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  if (next_of(in, a) == b) {
    reverse(in, b, c);
  } else {
    reverse(in, a, d);
  }
}

/* --- the queue --------------------------------------------------------------------------------- */

static void push(search *in, uint32_t node) {
  if (in->queued[node]) return;
  in->queued[node] = 1;
  in->queue[(in->queue_first + in->queue_count++) % in->count] = node;
}

static uint32_t pop(search *in) {
  uint32_t node = in->queue[in->queue_first];
  in->queue_first = in->queue_first + 1 == in->count ? 0 : in->queue_first + 1;
  in->queue_count--;
  in->queued[node] = 0;
  return node;
}

static void push_all(search *in, const uint32_t *nodes, size_t count) {
  for (size_t i = 0; i < count; i++) push(in, nodes[i]);
}

/* --- 2-opt ------------------------------------------------------------------------------------- */

/* A near node becomes the one behind (forward) or before `a`. */
static bool improve_two(search *in, uint32_t a, bool forward) {
  uint32_t b = step(in, a, forward);
  int64_t edge = distance(in, a, b);
  for (uint32_t i = 0; i < in->near_count; i++) {
    uint32_t c = in->near[(size_t)a * in->near_count + i];
    int64_t rest = edge - distance(in, a, c);
    if (rest <= 0) return false; /* those that follow are farther still */
    uint32_t d = step(in, c, forward);
    int64_t gain = rest + distance(in, c, d) - distance(in, b, d);
    if (gain <= 0) continue;
    const uint32_t ends[] = {a, b, c, d};
    exchange(in, a, b, c, d);
    in->length -= gain;
    push_all(in, ends, 4);
    return true;
  }
  return false;
}

/* --- Or-opt ------------------------------------------------------------------------------------ */

/* before [first … last] after, and the edge between c and e, outside, where the piece goes: first
 * beside c, last beside e. */
typedef struct transfer {
  uint32_t before, first, last, after;
  uint32_t c, e;
  bool turned; /* e comes before c, seen along the piece: the piece turns round */
} transfer;

static void move_piece(search *in, const transfer *of) {
  if (of->turned && of->c == of->before) { /* e before [piece] after */
    exchange(in, of->e, of->before, of->last, of->after);
    return;
  }
  if (!of->turned && of->e == of->before) { /* c before [piece] after */
    exchange(in, of->c, of->before, of->last, of->after);
    exchange(in, of->c, of->last, of->first, of->before);
    return;
  }
  uint32_t near = of->turned ? of->e : of->c; /* met first behind the piece */
  uint32_t far = of->turned ? of->c : of->e;
  exchange(in, of->before, of->first, near, far);
  if (near != of->after) exchange(in, of->before, near, of->after, of->last);
  if (!of->turned) exchange(in, near, of->last, of->first, far);
}

static bool in_piece(const search *in, uint32_t node, uint32_t first, uint32_t length,
                     bool forward) {
  uint32_t a = in->places[forward ? first : node];
  uint32_t b = in->places[forward ? node : first];
  return (b + in->count - a) % in->count < length;
}

/* Takes the best of both sides of c; true when it made the tour shorter. */
static bool insert_beside(search *in, transfer *of, int64_t saved, uint32_t length, bool forward) {
  for (int side = 0; side < 2; side++) {
    of->turned = side == 0;
    of->e = step(in, of->c, of->turned ? !forward : forward);
    if (in_piece(in, of->e, of->first, length, forward)) continue;
    int64_t added =
        distance(in, of->c, of->first) + distance(in, of->last, of->e) - distance(in, of->c, of->e);
    if (saved <= added) continue;
    const uint32_t ends[] = {of->before, of->first, of->last, of->after, of->c, of->e};
    move_piece(in, of);
    in->length -= saved - added;
    push_all(in, ends, 6);
    return true;
  }
  return false;
}

/* A piece that begins with `first` and goes on forward (or backward) moves to where `first` has a near
 * node beside it. */
static bool improve_piece(search *in, uint32_t first, uint32_t length, bool forward) {
  transfer of = {.first = first, .before = step(in, first, !forward), .last = first};
  for (uint32_t i = 1; i < length; i++) of.last = step(in, of.last, forward);
  of.after = step(in, of.last, forward);
  int64_t saved = distance(in, of.before, first) + distance(in, of.last, of.after) -
                  distance(in, of.before, of.after);
  for (uint32_t i = 0; i < in->near_count; i++) {
    of.c = in->near[(size_t)first * in->near_count + i];
    if (distance(in, first, of.c) >= saved) return false;
    if (in_piece(in, of.c, first, length, forward)) continue;
    if (insert_beside(in, &of, saved, length, forward)) return true;
  }
  return false;
}

/* --- until nothing helps ----------------------------------------------------------------------- */

static bool improve(search *in, uint32_t node) {
  if (improve_two(in, node, true) || improve_two(in, node, false)) return true;
  for (uint32_t length = 1; length <= SEGMENT; length++) {
    if (improve_piece(in, node, length, true) || improve_piece(in, node, length, false)) {
      return true;
    }
  }
  return false;
}

static void settle(search *in) {
  while (in->queue_count > 0) {
    uint32_t node = pop(in);
    while (improve(in, node)) {}
  }
}

/* --- kicks ------------------------------------------------------------------------------------- */

/* Marsaglia's xorshift: 1 to `most`. */
static uint32_t draw(search *in, uint32_t most) {
  in->random ^= in->random << 13;
  in->random ^= in->random >> 17;
  in->random ^= in->random << 5;
  return in->random % most + 1;
}

static uint32_t node_at(const search *in, uint32_t place) {
  return in->nodes[place % in->count];
}

/* Copies `size` nodes from `place` on behind those that are in `to`. */
static uint32_t *copy_nodes(const search *in, uint32_t place, uint32_t size, uint32_t *to) {
  for (uint32_t i = 0; i < size; i++) *to++ = node_at(in, place + i);
  return to;
}

/* The double bridge, kept small: of three pieces that follow one another the first and the last change
 * places. 2-opt and Or-opt moves alone hardly ever find back. */
static void kick(search *in) {
  uint32_t most = (in->count - 2) / 3 < KICK_SEGMENT ? (in->count - 2) / 3 : KICK_SEGMENT;
  uint32_t pieces[3 * KICK_SEGMENT];
  uint32_t begin = draw(in, in->count);
  uint32_t a = draw(in, most);
  uint32_t b = draw(in, most);
  uint32_t c = draw(in, most);
  const uint32_t cuts[] = {begin, begin + a, begin + a + b, begin + a + b + c};
  uint32_t *end = copy_nodes(in, cuts[2], c, pieces);
  end = copy_nodes(in, cuts[1], b, end);
  end = copy_nodes(in, cuts[0], a, end);
  for (int i = 0; i < 4; i++) {
    uint32_t left = node_at(in, cuts[i] + in->count - 1);
    uint32_t right = node_at(in, cuts[i]);
    in->length -= distance(in, left, right);
    push(in, left);
    push(in, right);
  }
  for (uint32_t i = 0; pieces + i < end; i++) put(in, (begin + i) % in->count, pieces[i]);
  const uint32_t joints[] = {begin, begin + c, begin + c + b, begin + a + b + c};
  for (int i = 0; i < 4; i++) {
    in->length += distance(in, node_at(in, joints[i] + in->count - 1), node_at(in, joints[i]));
  }
}

static void keep_tour(search *in) {
  memcpy(in->best, in->nodes, in->count * sizeof *in->best);
  memcpy(in->best + in->count, in->places, in->count * sizeof *in->best);
}

static void take_back(search *in) {
  memcpy(in->nodes, in->best, in->count * sizeof *in->best);
  memcpy(in->places, in->best + in->count, in->count * sizeof *in->best);
}

static void kick_on(search *in, uint32_t kicks) {
  int64_t shortest = in->length;
  keep_tour(in);
  for (uint32_t i = 0; i < kicks; i++) {
    kick(in);
    settle(in);
    if (in->length <= shortest) {
      shortest = in->length;
      keep_tour(in);
    } else {
      in->length = shortest;
      take_back(in);
    }
  }
}

/* --- to begin with ----------------------------------------------------------------------------- */

/* By insertion: the lists are short. Equal distances are in the order of the nodes. */
static void find_near(search *in, uint32_t node) {
  uint32_t *near = in->near + (size_t)node * in->near_count;
  uint32_t filled = 0;
  for (uint32_t other = 0; other < in->count; other++) {
    if (other == node) continue;
    int64_t far = distance(in, node, other);
    uint32_t place = filled;
    while (place > 0 && distance(in, node, near[place - 1]) > far) place--;
    if (place == in->near_count) continue;
    if (filled < in->near_count) filled++;
    memmove(&near[place + 1], &near[place], (filled - 1 - place) * sizeof *near);
    near[place] = other;
  }
}

/* `queued` marks the nodes that are placed, and is clean again at the end. */
static void go_to_nearest(search *in) {
  uint32_t node = 0;
  for (uint32_t place = 0; place < in->count; place++) {
    put(in, place, node);
    in->queued[node] = 1;
    int64_t nearest = INT64_MAX;
    uint32_t next = node;
    for (uint32_t other = 0; other < in->count; other++) {
      if (in->queued[other] || distance(in, node, other) >= nearest) continue;
      nearest = distance(in, node, other);
      next = other;
    }
    node = next;
  }
  memset(in->queued, 0, in->count);
}

static uint32_t near_count(uint32_t count) {
  return count - 1 < NEIGHBOURS ? count - 1 : NEIGHBOURS;
}

size_t tour_size(uint32_t count) {
  if (count <= TOUR_EXACT) return 0;
  size_t words = near_count(count) + 5u; /* lists, tour, places, best twice, queue */
  return count * (words * sizeof(uint32_t) + sizeof(uint8_t));
}

static search begin(const tour_problem *problem, void *memory) {
  size_t count = problem->count;
  search in = {.distances = problem->distances,
               .count = problem->count,
               .near_count = near_count(problem->count),
               .near = memory,
               .random = SEED};
  in.nodes = in.near + count * in.near_count;
  in.places = in.nodes + count;
  in.best = in.places + count;
  in.queue = in.best + 2 * count;
  in.queued = (uint8_t *)(in.queue + count);
  memset(in.queued, 0, count);
  return in;
}

int64_t tour_solve(const tour_problem *problem, void *memory, uint32_t *order) {
  if (problem->count <= TOUR_EXACT) return solve_exactly(problem, order);
  search in = begin(problem, memory);
  for (uint32_t node = 0; node < in.count; node++) find_near(&in, node);
  go_to_nearest(&in);
  in.length = tour_length(problem, in.nodes);
  for (uint32_t place = 0; place < in.count; place++) push(&in, in.nodes[place]);
  settle(&in);
  kick_on(&in, problem->kicks);
  memcpy(order, in.best, in.count * sizeof *order);
  return tour_length(problem, order);
}
