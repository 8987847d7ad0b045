/* carrier: one thread, one libcurl multi handle, and questions to the server. See carrier.h.
 *
 * Memory:  the carrier is counted: once for its plugin, once for each question without an answer.
 * Threads: `mutex` guards all that answers touch: held, asked, poll_at, closed, and the multi handle against
 *          its end. Questions are asked without it, because an answer may come before the call returns.
 * Fails:   as the header says. */
#include "carrier.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define REPORT_AGAIN_MS 1000

typedef enum parcel_state {
  PARCEL_QUEUED,
  PARCEL_SENDING,
  PARCEL_SENT,      /* to be reported, from report_at on */
  PARCEL_REPORTING, /* the server was told and has not answered */
  PARCEL_REPORTED,  /* it has: the next question may leave the number out */
} parcel_state;

typedef struct parcel {
  struct parcel *next;
  int64_t id;
  parcel_state state;
  void *load; /* NULL: it could not be packed */
  CURL *easy;
  carrier_outcome outcome;
  int64_t report_at;
  char error[CARRIER_ERROR_SIZE];
} parcel;

struct carrier {
  const crm_host *host;
  carrier_way way;
  carrier_limits limits;
  atomic_int references;
  pthread_t thread;
  pthread_mutex_t mutex;
  bool closed;
  CURLM *multi;
  parcel *held;
  bool asked;      /* a question for more is under way */
  int64_t poll_at; /* when the next one is due */
};

/* What an answer needs to know of the report it is about. */
typedef struct report {
  carrier *from;
  int64_t id;
  carrier_outcome outcome;
  char error[CARRIER_ERROR_SIZE];
} report;

static int64_t now_ms(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void release(carrier *self) {
  if (atomic_fetch_sub(&self->references, 1) > 1) return;
  pthread_mutex_destroy(&self->mutex);
  free(self);
}

/* Of a question that was not asked after all; the plugin still has its own reference. */
static void take_back(carrier *self) {
  (void)atomic_fetch_sub(&self->references, 1);
}

static void *allocate(size_t size) {
  void *made = calloc(1, size);
  if (made == NULL) abort();
  return made;
}

/* --- configuration -------------------------------------------------------------------------------- */

carrier_limits carrier_limits_read(const crm_host *host, crm_slice config) {
  return (carrier_limits){.queue = host->lookup(config, "queue").integer,
                          .each = host->lookup(config, "each").integer,
                          .transfers = host->lookup(config, "transfers").integer,
                          .poll_ms = host->lookup(config, "poll_ms").integer,
                          .connect_ms = host->lookup(config, "connect_ms").integer,
                          .timeout_ms = host->lookup(config, "timeout_ms").integer};
}

/* --- parcels -------------------------------------------------------------------------------------- */

static int64_t count_in(const carrier *self, parcel_state state) {
  int64_t count = 0;
  for (const parcel *each = self->held; each != NULL; each = each->next) {
    count += each->state == state;
  }
  return count;
}

static int64_t count_held(const carrier *self) {
  int64_t count = 0;
  for (const parcel *each = self->held; each != NULL; each = each->next) count++;
  return count;
}

static parcel *find_parcel(carrier *self, int64_t id) {
  parcel *each = self->held;
  while (each != NULL && each->id != id) each = each->next;
  return each;
}

static void free_parcel(carrier *self, parcel *gone) {
  if (gone->easy != NULL) {
    (void)curl_multi_remove_handle(self->multi, gone->easy);
    curl_easy_cleanup(gone->easy);
  }
  if (gone->load != NULL) self->way.unpack(gone->load);
  free(gone);
}

/* At the end of the list, so that the order of the server stays. */
static void hold(carrier *self, parcel *made) {
  parcel **link = &self->held;
  while (*link != NULL) link = &(*link)->next;
  *link = made;
}

static void forget_reported(carrier *self) {
  parcel **link = &self->held;
  while (*link != NULL) {
    parcel *each = *link;
    if (each->state != PARCEL_REPORTED) {
      link = &each->next;
      continue;
    }
    *link = each->next;
    free_parcel(self, each);
  }
}

/* --- asking for more ------------------------------------------------------------------------------ */

static void take_item(carrier *self, crm_slice delivery) {
  int64_t id = self->host->lookup(delivery, "id").integer;
  if (find_parcel(self, id) != NULL) return;
  parcel *made = allocate(sizeof *made);
  made->id = id;
  made->load = self->way.pack(self->host, delivery, made->error, self->way.self);
  if (made->load == NULL) {
    made->state = PARCEL_SENT;
    made->outcome = CARRIER_DEAD;
  }
  hold(self, made);
}

static void take_items(carrier *self, crm_slice result) {
  crm_walk walk = crm_walk_begin(self->host->lookup(result, "items").raw);
  while (self->host->walk(&walk)) take_item(self, walk.value.raw);
}

static void answered(crm_ctx *ctx, const crm_reply *reply, void *of) {
  (void)ctx;
  carrier *self = of;
  pthread_mutex_lock(&self->mutex);
  if (!self->closed) {
    self->asked = false;
    if (reply->code == CRM_OK) take_items(self, reply->result);
    (void)curl_multi_wakeup(self->multi);
  }
  pthread_mutex_unlock(&self->mutex);
  release(self);
}

static int ask(crm_ctx *ctx, crm_out *params, void *of) {
  (void)ctx;
  carrier *self = of;
  const crm_host *host = self->host;
  host->begin(params, CRM_MAP);
  crm_put(host, params, "channel", crm_string(crm_text(self->way.channel)));
  crm_put(host, params, "each", crm_integer(self->limits.each));
  pthread_mutex_lock(&self->mutex);
  crm_put(host, params, "limit", crm_integer(self->limits.queue - count_held(self)));
  crm_put_begin(host, params, "under_way", CRM_ARRAY);
  for (const parcel *each = self->held; each != NULL; each = each->next) {
    host->append(params, crm_integer(each->id));
  }
  pthread_mutex_unlock(&self->mutex);
  host->end(params);
  host->end(params);
  return CRM_OK;
}

static void ask_for_more(carrier *self) {
  int64_t now = now_ms();
  pthread_mutex_lock(&self->mutex);
  bool due = !self->asked && now >= self->poll_at;
  if (due) forget_reported(self);
  due = due && count_held(self) < self->limits.queue;
  if (due) {
    self->asked = true;
    self->poll_at = now + self->limits.poll_ms;
  }
  pthread_mutex_unlock(&self->mutex);
  if (!due) return;
  atomic_fetch_add(&self->references, 1);
  if (self->host->submit(self->host, "delivery.next", ask, answered, self) == CRM_OK) return;
  take_back(self);
  pthread_mutex_lock(&self->mutex);
  self->asked = false;
  pthread_mutex_unlock(&self->mutex);
}

/* --- reporting ------------------------------------------------------------------------------------ */

static void told(crm_ctx *ctx, const crm_reply *reply, void *of) {
  (void)ctx;
  report *about = of;
  carrier *self = about->from;
  pthread_mutex_lock(&self->mutex);
  parcel *sent = self->closed ? NULL : find_parcel(self, about->id);
  if (sent != NULL) {
    /* One that is not there any more needs no report. */
    bool done = reply->code == CRM_OK || reply->code == CRM_NOT_FOUND;
    sent->state = done ? PARCEL_REPORTED : PARCEL_SENT;
    sent->report_at = now_ms() + REPORT_AGAIN_MS;
    if (done) self->poll_at = 0; /* what waited behind it may leave now */
    (void)curl_multi_wakeup(self->multi);
  }
  pthread_mutex_unlock(&self->mutex);
  release(self);
  free(about);
}

static int tell(crm_ctx *ctx, crm_out *params, void *of) {
  (void)ctx;
  static const char *const outcomes[] = {
      [CARRIER_DELIVERED] = "delivered", [CARRIER_FAILED] = "failed", [CARRIER_DEAD] = "dead"};
  const report *about = of;
  const crm_host *host = about->from->host;
  host->begin(params, CRM_MAP);
  crm_put(host, params, "id", crm_integer(about->id));
  crm_put(host, params, "outcome", crm_string(crm_text(outcomes[about->outcome])));
  if (about->error[0] != '\0') {
    crm_put(host, params, "error", crm_string(crm_text(about->error)));
  }
  host->end(params);
  return CRM_OK;
}

/* The next one that is to be reported by now; NULL: there is none. */
static report *next_report(carrier *self) {
  report *made = NULL;
  int64_t now = now_ms();
  pthread_mutex_lock(&self->mutex);
  for (parcel *each = self->held; each != NULL && made == NULL; each = each->next) {
    if (each->state != PARCEL_SENT || each->report_at > now) continue;
    each->state = PARCEL_REPORTING;
    made = allocate(sizeof *made);
    *made = (report){.from = self, .id = each->id, .outcome = each->outcome};
    (void)snprintf(made->error, sizeof made->error, "%s", each->error);
  }
  pthread_mutex_unlock(&self->mutex);
  return made;
}

static void report_all(carrier *self) {
  report *about;
  while ((about = next_report(self)) != NULL) {
    atomic_fetch_add(&self->references, 1);
    if (self->host->submit(self->host, "delivery.report", tell, told, about) == CRM_OK) continue;
    pthread_mutex_lock(&self->mutex);
    parcel *sent = find_parcel(self, about->id);
    sent->state = PARCEL_SENT;
    sent->report_at = now_ms() + REPORT_AGAIN_MS;
    pthread_mutex_unlock(&self->mutex);
    take_back(self);
    free(about);
  }
}

/* --- sending -------------------------------------------------------------------------------------- */

/* What others said may be in any encoding. */
static void make_plain(char *text) {
  for (char *at = text; *at != '\0'; at++) {
    if (*at < ' ' || *at > '~') *at = '?';
  }
}

static size_t drop_answer(char *data, size_t size, size_t count, void *self) {
  (void)data, (void)self;
  return size * count;
}

static void set_options(const carrier *self, CURL *easy, parcel *sent) {
  (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, sent);
  (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, sent->error);
  (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  (void)curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* nothing of the environment */
  (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop_answer);
  (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)self->limits.connect_ms);
  (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)self->limits.timeout_ms);
}

static bool begin_sending(carrier *self, parcel *sent) {
  _Static_assert(CARRIER_ERROR_SIZE >= CURL_ERROR_SIZE, "libcurl writes its errors there");
  sent->easy = curl_easy_init();
  if (sent->easy == NULL) return false;
  set_options(self, sent->easy, sent);
  if (!self->way.begin(sent->load, sent->easy, sent->error, self->way.self)) return false;
  return curl_multi_add_handle(self->multi, sent->easy) == CURLM_OK;
}

static void send_queued(carrier *self) {
  pthread_mutex_lock(&self->mutex);
  int64_t sending = count_in(self, PARCEL_SENDING);
  for (parcel *each = self->held; each != NULL; each = each->next) {
    if (each->state != PARCEL_QUEUED || sending >= self->limits.transfers) continue;
    each->state = PARCEL_SENDING;
    sending++;
    if (begin_sending(self, each)) continue;
    each->state = PARCEL_SENT;
    each->outcome = CARRIER_FAILED;
    sending--;
  }
  pthread_mutex_unlock(&self->mutex);
}

static void end_sending(carrier *self, CURL *easy, CURLcode code) {
  parcel *sent = NULL;
  (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&sent);
  carrier_outcome outcome = self->way.end(sent->load, easy, code, sent->error, self->way.self);
  if (outcome != CARRIER_DELIVERED && sent->error[0] == '\0') {
    (void)snprintf(sent->error, sizeof sent->error, "%s", curl_easy_strerror(code));
  }
  if (outcome == CARRIER_DELIVERED) sent->error[0] = '\0';
  make_plain(sent->error);
  pthread_mutex_lock(&self->mutex);
  (void)curl_multi_remove_handle(self->multi, easy);
  curl_easy_cleanup(easy);
  sent->easy = NULL;
  sent->outcome = outcome;
  sent->report_at = 0;
  sent->state = PARCEL_SENT;
  pthread_mutex_unlock(&self->mutex);
}

static void reap(carrier *self) {
  CURLMsg *message;
  int left = 0;
  int running = 0;
  (void)curl_multi_perform(self->multi, &running);
  while ((message = curl_multi_info_read(self->multi, &left)) != NULL) {
    if (message->msg == CURLMSG_DONE) {
      end_sending(self, message->easy_handle, message->data.result);
    }
  }
}

/* --- life ------------------------------------------------------------------------------------------- */

static bool is_closed(carrier *self) {
  pthread_mutex_lock(&self->mutex);
  bool closed = self->closed;
  pthread_mutex_unlock(&self->mutex);
  return closed;
}

/* Until the next question or report is due; libcurl wakes for its own timers. */
static int wait_ms(carrier *self) {
  int64_t now = now_ms();
  pthread_mutex_lock(&self->mutex);
  int64_t wait = self->limits.poll_ms;
  if (!self->asked && self->poll_at - now < wait) wait = self->poll_at - now;
  if (!self->asked && count_held(self) >= self->limits.queue) wait = self->limits.poll_ms;
  for (const parcel *each = self->held; each != NULL; each = each->next) {
    if (each->state == PARCEL_SENT && each->report_at - now < wait) wait = each->report_at - now;
  }
  pthread_mutex_unlock(&self->mutex);
  return wait < 0 ? 0 : (int)wait;
}

static void *run(void *of) {
  carrier *self = of;
  while (!is_closed(self)) {
    report_all(self);
    ask_for_more(self);
    send_queued(self);
    reap(self);
    report_all(self);
    (void)curl_multi_poll(self->multi, NULL, 0, wait_ms(self), NULL);
  }
  return NULL;
}

int carrier_start(crm_ctx *ctx, const crm_host *host, const carrier_way *way,
                  const carrier_limits *limits, carrier **started) {
  *started = NULL;
  (void)curl_global_init(CURL_GLOBAL_DEFAULT);
  carrier *self = allocate(sizeof *self);
  self->host = host;
  self->way = *way;
  self->limits = *limits;
  atomic_init(&self->references, 1);
  pthread_mutex_init(&self->mutex, NULL);
  self->multi = curl_multi_init();
  if (self->multi != NULL && pthread_create(&self->thread, NULL, run, self) == 0) {
    *started = self;
    return CRM_OK;
  }
  if (self->multi != NULL) (void)curl_multi_cleanup(self->multi);
  release(self);
  curl_global_cleanup();
  return host->fail(ctx, CRM_UNAVAILABLE, NULL, "无法创建发送线程", "no thread could be made");
}

void carrier_stop(carrier *stopped) {
  if (stopped == NULL) return;
  pthread_mutex_lock(&stopped->mutex);
  stopped->closed = true;
  (void)curl_multi_wakeup(stopped->multi);
  pthread_mutex_unlock(&stopped->mutex);
  (void)pthread_join(stopped->thread, NULL);
  while (stopped->held != NULL) {
    parcel *gone = stopped->held;
    stopped->held = gone->next;
    free_parcel(stopped, gone);
  }
  (void)curl_multi_cleanup(stopped->multi);
  release(stopped);
  curl_global_cleanup();
}
