/* distance: how far it is from one point to another, in whole metres.
 *
 * Memory:  the caller's.  Threads: any.  Fails: never. */
#ifndef ROUTE_DISTANCE_H
#define ROUTE_DISTANCE_H

#include <stddef.h>
#include <stdint.h>

/* Latitude and longitude in degrees, or x and y in metres. */
typedef struct distance_point {
  double a;
  double b;
} distance_point;

typedef int32_t (*distance_metric)(distance_point from, distance_point to);

/* Along the great circle of a sphere with the Earth's mean radius. */
int32_t distance_haversine(distance_point from, distance_point to);

/* In the plane, rounded as TSPLIB's EUC_2D: to the nearest whole number, halves up. */
int32_t distance_euclidean(distance_point from, distance_point to);

/* Coordinates in the plane lie within ± this, so that no distance overflows. */
#define DISTANCE_PLANE_MAX 100000000.0

/* Fills the `count` × `count` matrix. */
void distance_fill(distance_metric metric, const distance_point *points, size_t count,
                   int32_t *matrix);

#endif
