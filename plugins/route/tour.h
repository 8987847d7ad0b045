/* tour: a short way through all nodes and back to the first: the travelling salesman's tour.
 *
 * Up to TOUR_EXACT nodes the shortest one. Beyond: nearest neighbour, then 2-opt and Or-opt moves over
 * lists of near neighbours, then the same again and again after small random changes, of which only
 * those are kept that made the tour no longer (README.md names the sources). Nothing depends on time or
 * chance: the same distances give the same tour.
 *
 * Memory:  the caller's: tour_size() bytes, aligned for any object.
 * Threads: any; one call, one piece of memory.
 * Fails:   never. */
#ifndef ROUTE_TOUR_H
#define ROUTE_TOUR_H

#include <stddef.h>
#include <stdint.h>

#define TOUR_EXACT 7
#define TOUR_FAR 1000000000 /* longer than any distance: an edge that is not wanted */

/* A symmetric matrix, row by row; 0 to TOUR_FAR. */
typedef struct tour_problem {
  const int32_t *distances;
  uint32_t count;
  uint32_t kicks; /* random changes that are tried */
} tour_problem;

size_t tour_size(uint32_t count);

/* Writes every node once to `order`, which has room for `count`; returns the length, the way back
 * included. */
int64_t tour_solve(const tour_problem *problem, void *memory, uint32_t *order);

int64_t tour_length(const tour_problem *problem, const uint32_t *order);

#endif
