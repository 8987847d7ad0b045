/* points: what a purchase is worth. Arithmetic without a server, so that it can be tested without one. */
#ifndef POINTS_H
#define POINTS_H

#include <stdint.h>

/* Points for an amount in 分: one for each `yuan` full yuan, none for less or for nothing. */
int64_t points_earned(int64_t amount, int64_t yuan);

#endif
