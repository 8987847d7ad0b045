/* points: see points.h. */
#include "points.h"

#define FEN_PER_YUAN 100

int64_t points_earned(int64_t amount, int64_t yuan) {
  return amount <= 0 ? 0 : amount / FEN_PER_YUAN / yuan;
}
