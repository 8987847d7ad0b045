/* carrier: takes deliveries of one channel from the server, carries them out with libcurl on a thread of
 * its own, and reports what became of them. Which bytes go where, and what an answer means, says the way.
 *
 * What is in hand is known by the server's number and asked for by no second question until the report of it
 * was committed; so nothing is sent twice while the process lives, and everything is sent again when it
 * ended before the report.
 *
 * Memory:  carrier_start makes it, carrier_stop ends it; answers that come later find only what they need to
 *          see that. Loads are the way's: made by pack, ended by unpack.
 * Threads: start and stop: the plugin's. pack: a thread of the server's, never while stop returns. begin, end
 *          and unpack: the carrier's thread.
 * Fails:   start: CRM_UNAVAILABLE. Nothing else fails: what cannot be reported is reported again. */
#ifndef CARRIER_H
#define CARRIER_H

#include <crm/plugin.h>
#include <curl/curl.h>

#define CARRIER_ERROR_SIZE 256

typedef enum carrier_outcome {
  CARRIER_DELIVERED,
  CARRIER_FAILED, /* to be tried again */
  CARRIER_DEAD,   /* no further try would help */
} carrier_outcome;

/* Errors are plain text for the operator: what went wrong, and where it helps what to do. */
typedef struct carrier_way {
  const char *channel;
  /* What is needed to send the delivery, a map as the type `delivery` describes it; NULL: it never can be
   * sent, and `error` says why. */
  void *(*pack)(const crm_host *host, crm_slice delivery, char error[CARRIER_ERROR_SIZE],
                const void *self);
  /* Sets the handle up for one try; false: it cannot be made now. */
  bool (*begin)(void *load, CURL *easy, char error[CARRIER_ERROR_SIZE], const void *self);
  /* What the try came to; `error` holds libcurl's own words. */
  carrier_outcome (*end)(void *load, CURL *easy, CURLcode code, char error[CARRIER_ERROR_SIZE],
                         const void *self);
  void (*unpack)(void *load);
  const void *self; /* stays as it is until carrier_stop has returned */
} carrier_way;

/* The configuration of every carrier; see CARRIER_CONFIG. */
typedef struct carrier_limits {
  int64_t queue;
  int64_t each;
  int64_t transfers;
  int64_t poll_ms;
  int64_t connect_ms;
  int64_t timeout_ms;
} carrier_limits;

#define CARRIER_LIMIT(key, standard, least, most, text)                                            \
  {                                                                                                \
    .name = (key), .kind = CRM_KIND_INTEGER, .initial = (standard), .flags = CRM_BOUNDED,          \
    .min = (least), .max = (most), .doc = (text)                                                   \
  }

/* Rows of a plugin's configuration. */
#define CARRIER_CONFIG                                                                             \
  CARRIER_LIMIT("queue", "256", 1, 500, "Deliveries that are in hand at one time.")                \
  , CARRIER_LIMIT("each", "4", 1, 500, "Of these, deliveries to one target."),                     \
      CARRIER_LIMIT("transfers", "64", 1, 500, "Of these, that are being sent at one time."),      \
      CARRIER_LIMIT("poll_ms", "500", 10, 60000,                                                   \
                    "How often the server is asked for what is new."),                             \
      CARRIER_LIMIT("connect_ms", "5000", 10, 600000, "Until a connection is made."),              \
      CARRIER_LIMIT("timeout_ms", "15000", 10, 600000, "For one try as a whole.")

carrier_limits carrier_limits_read(const crm_host *host, crm_slice config);

typedef struct carrier carrier;

int carrier_start(crm_ctx *ctx, const crm_host *host, const carrier_way *way,
                  const carrier_limits *limits, carrier **started);

/* Tries that are under way are broken off. NULL does nothing. */
void carrier_stop(carrier *stopped);

#endif
