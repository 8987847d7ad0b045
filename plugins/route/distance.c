/* distance: see distance.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "distance.h"

#include <math.h>

#define EARTH_RADIUS 6371008.8 /* metres; the mean radius of the WGS 84 ellipsoid (IUGG) */
#define RADIANS 0.017453292519943295

static double square(double x) {
  return x * x;
}

/* Accurate for short ways too, unlike the law of cosines. */
int32_t distance_haversine(distance_point from, distance_point to) {
  double latitudes = cos(from.a * RADIANS) * cos(to.a * RADIANS);
  double half = square(sin((to.a - from.a) * RADIANS / 2)) +
                latitudes * square(sin((to.b - from.b) * RADIANS / 2));
  double metres = 2 * EARTH_RADIUS * asin(sqrt(half > 1 ? 1 : half));
  return (int32_t)(metres + 0.5);
}

int32_t distance_euclidean(distance_point from, distance_point to) {
  return (int32_t)(sqrt(square(to.a - from.a) + square(to.b - from.b)) + 0.5);
}

void distance_fill(distance_metric metric, const distance_point *points, size_t count,
                   int32_t *matrix) {
  for (size_t i = 0; i < count; i++) {
    matrix[i * count + i] = 0;
    for (size_t j = 0; j < i; j++) {
      int32_t distance = metric(points[i], points[j]);
      matrix[i * count + j] = distance;
      matrix[j * count + i] = distance;
    }
  }
}
