/* web: libwebsockets' loop on one thread; questions to the server go out from it and their answers come
 * back from anywhere. See web.h.
 *
 * Memory:  a question is shared by its HTTP request and by the host's answer; the last of the two frees
 *          it. The server may answer after stop: then nobody is woken.
 * Threads: `mutex` guards `context` for those who wake the thread.  Fails: see web.h. */
#include "web.h"

#include <libwebsockets.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "page.h"

#define REPLY_HEADERS 1024
#define SPARE_DESCRIPTORS 8 /* of libwebsockets' own: the listener, what wakes it */

/* What one HTTP request asked the server. */
typedef struct question {
  _Atomic int holders; /* the HTTP request and the host's answer */
  _Atomic bool answered;
  const crm_host *host;
  bool ready; /* asked for /readyz */
  unsigned status;
  text_buffer body;
} question;

/* One HTTP request, in libwebsockets' memory for the connection. */
typedef struct exchange {
  bool headed;    /* the headers were sent */
  question *asks; /* until it is answered, or given up */
  unsigned status;
  const char *type;
  char *body; /* LWS_PRE bytes of room in front */
  size_t size;
  size_t sent;
} exchange;

static const crm_host *host;
static web_options limits;
static struct lws_context *context;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_t thread;
static _Atomic bool stopping;
static int64_t connections; /* the thread's */
static bool answered_once;  /* the thread's: the server has been up */

/* --- asking the server -------------------------------------------------------------------------- */

static void release(question *asks) {
  if (atomic_fetch_sub(&asks->holders, 1) > 1) return;
  text_free(&asks->body);
  free(asks);
}

static void wake(void) {
  (void)pthread_mutex_lock(&mutex);
  if (context != NULL) lws_cancel_service(context);
  (void)pthread_mutex_unlock(&mutex);
}

/* On any thread, perhaps before submit returns, perhaps after stop. */
static void take_answer(crm_ctx *ctx, const crm_reply *reply, void *self) {
  question *asks = self;
  (void)ctx;
  if (reply->code != CRM_OK) {
    text_append(&asks->body, reply->message, strlen(reply->message));
    text_append(&asks->body, "\n", 1);
    asks->status = HTTP_STATUS_SERVICE_UNAVAILABLE;
  } else if (asks->ready) {
    bool ready = page_ready(asks->host, reply->result, &asks->body);
    asks->status = ready ? HTTP_STATUS_OK : HTTP_STATUS_SERVICE_UNAVAILABLE;
  } else {
    page_metrics(asks->host, reply->result, &asks->body);
    asks->status = HTTP_STATUS_OK;
  }
  atomic_store(&asks->answered, true);
  wake();
  release(asks);
}

/* NULL when the server cannot be asked. */
static question *ask(bool ready) {
  question *asks = calloc(1, sizeof *asks);
  if (asks == NULL) return NULL;
  atomic_init(&asks->holders, 2);
  asks->host = host;
  asks->ready = ready;
  const char *op = ready ? "server.ready" : "server.metrics";
  if (host->submit(host, op, NULL, take_answer, asks) == CRM_OK) return asks;
  free(asks);
  return NULL;
}

/* --- replies ------------------------------------------------------------------------------------ */

static void set_reply(exchange *at, unsigned status, const char *type, const char *body,
                      size_t size) {
  at->body = malloc(LWS_PRE + size + 1);
  at->status = at->body == NULL ? HTTP_STATUS_SERVICE_UNAVAILABLE : status;
  at->type = type;
  at->size = at->body == NULL ? 0 : size;
  if (at->size > 0) memcpy(at->body + LWS_PRE, body, size);
}

static void say(exchange *at, unsigned status, const char *body) {
  set_reply(at, status, "text/plain; charset=utf-8", body, strlen(body));
}

/* The host's answer becomes the reply. */
static void take_reply(exchange *at) {
  question *asks = at->asks;
  const char *type = asks->ready || asks->status != HTTP_STATUS_OK
                         ? "text/plain; charset=utf-8"
                         : "text/plain; version=0.0.4; charset=utf-8";
  at->asks = NULL;
  answered_once = answered_once || asks->status == HTTP_STATUS_OK;
  if (asks->body.broken) {
    say(at, HTTP_STATUS_SERVICE_UNAVAILABLE, "out of memory\n");
  } else {
    set_reply(at, asks->status, type, asks->body.data, asks->body.size);
  }
  release(asks);
}

static int send_headers(struct lws *wsi, exchange *at) {
  unsigned char room[LWS_PRE + REPLY_HEADERS];
  unsigned char *start = room + LWS_PRE;
  unsigned char *next = start;
  unsigned char *end = room + sizeof room - 1;
  at->headed = true;
  bool fits = lws_add_http_header_status(wsi, at->status, &next, end) == 0 &&
              lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE,
                                           (const unsigned char *)at->type, (int)strlen(at->type),
                                           &next, end) == 0 &&
              lws_add_http_header_content_length(wsi, at->size, &next, end) == 0;
  return fits && lws_finalize_write_http_header(wsi, start, &next, end) == 0 ? 0 : -1;
}

/* As much as the kernel takes at once; the rest with the next call. */
static int send_body(struct lws *wsi, exchange *at) {
  static const size_t piece = 16384;
  size_t left = at->size - at->sent;
  size_t size = left < piece ? left : piece;
  enum lws_write_protocol how = size == left ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP;
  unsigned char *from = (unsigned char *)at->body + LWS_PRE + at->sent;
  if (lws_write(wsi, from, size, how) < 0) return -1;
  at->sent += size;
  return 0;
}

static void forget_reply(exchange *at) {
  if (at->asks != NULL) release(at->asks);
  free(at->body);
  *at = (exchange){0};
}

static int write_more(struct lws *wsi, exchange *at) {
  if (at->asks != NULL && atomic_load(&at->asks->answered)) take_reply(at);
  if (at->body == NULL) return 0; /* not yet */
  lws_set_timer_usecs(wsi, LWS_SET_TIMER_USEC_CANCEL);
  if (!at->headed) {
    if (send_headers(wsi, at) != 0) return -1;
  } else if (send_body(wsi, at) != 0) {
    return -1;
  }
  if (at->size == 0) return -1;
  if (at->sent == at->size) {
    forget_reply(at);
    return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
  }
  (void)lws_callback_on_writable(wsi);
  return 0;
}

/* --- requests ----------------------------------------------------------------------------------- */

static void ask_for(struct lws *wsi, exchange *at, bool ready) {
  at->asks = ask(ready);
  if (at->asks == NULL) {
    say(at, HTTP_STATUS_SERVICE_UNAVAILABLE,
        answered_once ? "ready=false state=stopping\n" : "ready=false state=starting\n");
  } else {
    lws_set_timer_usecs(wsi, limits.answer_ms * LWS_US_PER_MS);
  }
}

static void take_request(struct lws *wsi, exchange *at, const char *path) {
  forget_reply(at);
  if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) <= 0) {
    say(at, HTTP_STATUS_METHOD_NOT_ALLOWED, "only GET\n");
  } else if (strcmp(path, "/livez") == 0) {
    say(at, HTTP_STATUS_OK, "ok\n");
  } else if (strcmp(path, "/readyz") == 0) {
    ask_for(wsi, at, true);
  } else if (strcmp(path, "/metrics") == 0) {
    ask_for(wsi, at, false);
  } else {
    say(at, HTTP_STATUS_NOT_FOUND, "/metrics, /livez, /readyz\n");
  }
  (void)lws_callback_on_writable(wsi);
}

static void give_up(struct lws *wsi, exchange *at) {
  if (at->asks == NULL || atomic_load(&at->asks->answered)) return;
  release(at->asks);
  at->asks = NULL;
  say(at, HTTP_STATUS_SERVICE_UNAVAILABLE, "the server does not answer in time (answer_ms)\n");
  (void)lws_callback_on_writable(wsi);
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t size) {
  exchange *at = user;
  (void)size;
  switch (reason) {
    case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
      return connections >= limits.connections ? -1 : 0;
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
      lws_set_opaque_user_data(wsi, &connections);
      connections++;
      return 0;
    case LWS_CALLBACK_WSI_DESTROY: /* of the listener too, and of what wakes the thread */
      if (lws_get_opaque_user_data(wsi) == &connections) connections--;
      return 0;
    case LWS_CALLBACK_HTTP:
      take_request(wsi, at, in);
      return 0;
    case LWS_CALLBACK_HTTP_WRITEABLE:
      return write_more(wsi, at);
    case LWS_CALLBACK_TIMER:
      give_up(wsi, at);
      return 0;
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
      (void)lws_callback_on_writable_all_protocol(lws_get_context(wsi), lws_get_protocol(wsi));
      return 0;
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
    case LWS_CALLBACK_CLOSED_HTTP:
      if (at != NULL) forget_reply(at);
      return 0;
    default:
      return 0;
  }
}

/* --- the thread --------------------------------------------------------------------------------- */

static void *serve(void *self) {
  (void)self;
  (void)pthread_setname_np(pthread_self(), "metrics");
  while (!atomic_load(&stopping)) (void)lws_service(context, 0);
  return NULL;
}

static void write_log(int level, const char *line) {
  int size = (int)strcspn(line, "\n");
  uint32_t as = level == LLL_ERR ? CRM_LOG_ERROR : CRM_LOG_WARN;
  host->log(host, as, "metrics.http", "text=\"%.*s\"", size, line);
}

static int refuse(crm_ctx *ctx) {
  return host->fail(ctx, CRM_UNAVAILABLE, "port",
                    "无法在 127.0.0.1:%lld 上监听：请换一个端口（packages.config.metrics.port），"
                    "或停止占用它的程序",
                    "cannot listen on 127.0.0.1:%lld: choose another port "
                    "(packages.config.metrics.port) or stop the program that uses it",
                    (long long)limits.port);
}

/* Answers of an earlier start may still come, and want to wake somebody. */
static struct lws_context *set_context(struct lws_context *made) {
  (void)pthread_mutex_lock(&mutex);
  struct lws_context *before = context;
  context = made;
  (void)pthread_mutex_unlock(&mutex);
  return before;
}

static int open_context(crm_ctx *ctx, int *port) {
  static const struct lws_protocols protocols[] = {
      {.name = "http", .callback = callback, .per_session_data_size = sizeof(exchange)}, {0}};
  struct lws_context_creation_info info = {
      .port = (int)limits.port,
      .iface = "127.0.0.1",
      .protocols = protocols,
      .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND |
                 LWS_SERVER_OPTION_DISABLE_IPV6,
      .timeout_secs = (unsigned)limits.timeout_s,
      .keepalive_timeout = (int)limits.timeout_s,
      .fd_limit_per_thread = (unsigned)limits.connections + SPARE_DESCRIPTORS,
      .gid = -1,
      .uid = -1};
  lws_set_log_level(LLL_ERR | LLL_WARN, write_log);
  (void)set_context(lws_create_context(&info));
  if (context == NULL) return refuse(ctx);
  struct lws_vhost *vhost = lws_create_vhost(context, &info);
  if (vhost == NULL) return refuse(ctx);
  *port = lws_get_vhost_listen_port(vhost);
  return CRM_OK;
}

/* Signals belong to the server's loop. */
static int start_thread(crm_ctx *ctx) {
  sigset_t all;
  sigset_t before;
  (void)sigfillset(&all);
  (void)pthread_sigmask(SIG_SETMASK, &all, &before);
  int status = pthread_create(&thread, NULL, serve, NULL);
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (status == 0) return CRM_OK;
  return host->fail(ctx, CRM_UNAVAILABLE, NULL, "无法创建线程（%d）",
                    "no thread could be made (%d)", status);
}

/* Nobody wakes the thread from here on. */
static void close_context(void) {
  struct lws_context *closed = set_context(NULL);
  if (closed != NULL) lws_context_destroy(closed);
  lws_set_log_level(0, NULL);
}

int web_start(crm_ctx *ctx, const crm_host *lent, const web_options *options) {
  int port = 0;
  host = lent;
  limits = *options;
  connections = 0;
  answered_once = false;
  atomic_store(&stopping, false);
  int code = open_context(ctx, &port);
  if (code == CRM_OK) code = start_thread(ctx);
  if (code != CRM_OK) {
    close_context();
    return code;
  }
  host->log(host, CRM_LOG_INFO, "metrics.listening", "http=127.0.0.1:%d", port);
  return CRM_OK;
}

void web_stop(void) {
  atomic_store(&stopping, true);
  wake();
  (void)pthread_join(thread, NULL);
  close_context();
}
