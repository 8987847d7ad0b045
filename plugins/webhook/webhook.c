/* webhook: deliveries of the channel `webhook` as signed HTTP POSTs. The target is the name of an endpoint of
 * the configuration, so that no script and no user decides where the server connects to.
 *
 *   POST URL                                  webhook-id: the delivery's number, the same in every try
 *   content-type: application/json            webhook-timestamp: seconds since 1970, of this try
 *   {id, type, timestamp, sequence,           webhook-signature: v1,BASE64 (signature.h)
 *    record = {type, id}, data}
 *
 * Memory:  endpoints and the carrier are the plugin's from start to stop; a load is one POST.
 * Threads: see carrier.h.
 * Fails:   start: CRM_INVALID_ARGUMENT naming the endpoint at fault. */
#include <crm/plugin.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "address.h"
#include "carrier.h"
#include "json.h"
#include "signature.h"

#define ENDPOINTS_MAX 64
#define NAME_MAX_BYTES 64
#define URL_MAX_BYTES 2048

typedef struct endpoint {
  char name[NAME_MAX_BYTES + 1];
  char url[URL_MAX_BYTES + 1];
  signature_secret secret;
  bool private; /* may lie in a private network */
} endpoint;

typedef struct webhook {
  const crm_host *host;
  carrier *carrier;
  size_t count;
  endpoint endpoints[ENDPOINTS_MAX];
} webhook;

static webhook plugin_state;

/* --- one POST ----------------------------------------------------------------------------------------- */

typedef struct post {
  char id[24];
  const endpoint *to; /* NULL: no endpoint has the name */
  char target[NAME_MAX_BYTES + 1];
  text body;
  struct curl_slist *headers;
  bool refused; /* its address is private, and the endpoint is not */
} post;

static const endpoint *find_endpoint(const webhook *self, crm_slice name) {
  for (size_t i = 0; i < self->count; i++) {
    if (crm_is(name, self->endpoints[i].name)) return &self->endpoints[i];
  }
  return NULL;
}

/* "2026-03-07T02:00:00.000Z" */
static void append_instant(text *body, int64_t instant) {
  struct tm parts;
  char shown[64];
  time_t seconds = (time_t)(instant / 1000);
  (void)gmtime_r(&seconds, &parts);
  size_t size = strftime(shown, sizeof shown, "%Y-%m-%dT%H:%M:%S", &parts);
  (void)snprintf(shown + size, sizeof shown - size, ".%03dZ", (int)(instant % 1000));
  json_append_string(body, crm_text(shown));
}

static void append_key(text *body, const char *key) {
  text_append(body, body->size == 0 ? "{" : ",", 1);
  json_append_string(body, crm_text(key));
  text_append(body, ":", 1);
}

static void append_record(text *body, const crm_host *host, crm_slice delivery) {
  int64_t id = host->lookup(delivery, "record_id").integer;
  if (id == 0) return;
  append_key(body, "record");
  text_append(body, "{\"type\":", 8);
  json_append_value(body, host, host->lookup(delivery, "record_type"));
  text_append(body, ",\"id\":", 6);
  json_append_integer(body, id);
  text_append(body, "}", 1);
}

static void write_body(text *body, const crm_host *host, crm_slice delivery, const char *id) {
  crm_value data = host->lookup(delivery, "data");
  append_key(body, "id");
  json_append_string(body, crm_text(id));
  append_key(body, "type");
  json_append_value(body, host, host->lookup(delivery, "event"));
  append_key(body, "timestamp");
  append_instant(body, host->lookup(delivery, "created_at").integer);
  append_key(body, "sequence");
  json_append_value(body, host, host->lookup(delivery, "sequence"));
  append_record(body, host, delivery);
  append_key(body, "data");
  if (data.type == CRM_MAP) {
    json_append_value(body, host, data);
  } else {
    text_append(body, "{}", 2);
  }
  text_append(body, "}", 1);
}

static void *pack(const crm_host *host, crm_slice delivery, char error[CARRIER_ERROR_SIZE],
                  const void *self) {
  (void)error;
  post *made = calloc(1, sizeof *made);
  if (made == NULL) abort();
  crm_slice target = host->lookup(delivery, "target").bytes;
  made->to = find_endpoint(self, target);
  (void)snprintf(made->target, sizeof made->target, "%.*s", CRM_SLICE_ARGS(target));
  (void)snprintf(made->id, sizeof made->id, "%" PRId64, host->lookup(delivery, "id").integer);
  write_body(&made->body, host, delivery, made->id);
  return made;
}

static void unpack(void *load) {
  post *gone = load;
  curl_slist_free_all(gone->headers);
  text_free(&gone->body);
  free(gone);
}

/* --- one try ------------------------------------------------------------------------------------------ */

/* Asked with the address itself, after its name was resolved. */
static curl_socket_t open_socket(void *of, curlsocktype purpose, struct curl_sockaddr *address) {
  post *sent = of;
  (void)purpose;
  if (!sent->to->private && address_is_private(&address->addr)) {
    sent->refused = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void add_header(post *sent, const char *name, const char *value) {
  char line[128];
  (void)snprintf(line, sizeof line, "%s: %s", name, value);
  struct curl_slist *longer = curl_slist_append(sent->headers, line);
  if (longer == NULL) abort();
  sent->headers = longer;
}

static void write_headers(post *sent) {
  char signature[SIGNATURE_SIZE];
  char timestamp[24];
  int64_t now = (int64_t)time(NULL);
  crm_slice body = {.data = sent->body.data, .size = sent->body.size};
  signature_make(&sent->to->secret, sent->id, now, body, signature);
  (void)snprintf(timestamp, sizeof timestamp, "%" PRId64, now);
  add_header(sent, "content-type", "application/json");
  add_header(sent, "webhook-id", sent->id);
  add_header(sent, "webhook-timestamp", timestamp);
  add_header(sent, "webhook-signature", signature);
  add_header(sent, "user-agent", "haoke-webhook/1");
  add_header(sent, "expect", ""); /* no waiting for a 100 Continue */
}

static bool begin(void *load, CURL *easy, char error[CARRIER_ERROR_SIZE], const void *self) {
  post *sent = load;
  (void)self;
  if (sent->to == NULL) {
    (void)snprintf(error, CARRIER_ERROR_SIZE,
                   "no endpoint is called \"%s\": add it to packages.config.webhook.endpoints",
                   sent->target);
    return false;
  }
  write_headers(sent);
  (void)curl_easy_setopt(easy, CURLOPT_URL, sent->to->url);
  (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  (void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
  (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, sent->body.data);
  (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)sent->body.size);
  (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, sent->headers);
  (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, sent);
  return true;
}

static carrier_outcome end(void *load, CURL *easy, CURLcode code, char error[CARRIER_ERROR_SIZE],
                           const void *self) {
  const post *sent = load;
  long status = 0;
  (void)self;
  if (sent->refused) {
    (void)snprintf(error, CARRIER_ERROR_SIZE,
                   "%s leads to an address of this machine or of a private network: set "
                   "private = true for the endpoint if that is meant",
                   sent->target);
    return CARRIER_FAILED;
  }
  if (code != CURLE_OK) return CARRIER_FAILED; /* libcurl has said why */
  (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if (status >= 200 && status < 300) return CARRIER_DELIVERED;
  bool redirect = status >= 300 && status < 400;
  (void)snprintf(error, CARRIER_ERROR_SIZE, "HTTP %ld%s", status,
                 redirect ? ": redirects are not followed; give the endpoint its real URL" : "");
  return status == 410 ? CARRIER_DEAD : CARRIER_FAILED;
}

/* --- configuration ------------------------------------------------------------------------------------ */

static bool is_url(crm_slice url) {
  static const char *const schemes[] = {"http://", "https://"};
  bool known = false;
  for (size_t i = 0; i < 2; i++) {
    size_t size = strlen(schemes[i]);
    known = known || (url.size > size && memcmp(url.data, schemes[i], size) == 0);
  }
  for (size_t i = 0; i < url.size; i++) {
    if (url.data[i] <= ' ' || url.data[i] > '~') return false;
  }
  return known && url.size <= URL_MAX_BYTES;
}

#define REFUSE(name, field, zh, en)                                                                \
  host->fail(ctx, CRM_INVALID_ARGUMENT, field, "webhook 端点“%.*s”：" zh,                          \
             "webhook endpoint “%.*s”: " en, CRM_SLICE_ARGS(name))

static int read_endpoint(crm_ctx *ctx, const crm_host *host, crm_slice map, webhook *self) {
  crm_slice name = host->lookup(map, "name").bytes;
  crm_slice url = host->lookup(map, "url").bytes;
  endpoint *made = &self->endpoints[self->count];
  if (find_endpoint(self, name) != NULL) {
    return REFUSE(name, "endpoints", "名称重复", "the name is there twice");
  }
  if (!is_url(url)) {
    return REFUSE(name, "endpoints", "url 必须以 http:// 或 https:// 开头，且不含空格",
                  "url has to begin with http:// or https://, without blanks");
  }
  if (!signature_secret_read(host->lookup(map, "secret").bytes, &made->secret)) {
    return REFUSE(
        name, "endpoints",
        "secret 应为 24 到 64 个随机字节的 base64，例如 openssl rand -base64 32 的输出",
        "secret is the base64 of 24 to 64 random bytes; openssl rand -base64 32 makes one");
  }
  (void)snprintf(made->name, sizeof made->name, "%.*s", CRM_SLICE_ARGS(name));
  (void)snprintf(made->url, sizeof made->url, "%.*s", CRM_SLICE_ARGS(url));
  made->private = host->lookup(map, "private").integer != 0;
  self->count++;
  return CRM_OK;
}

static const crm_field endpoint_fields[] = {
    {.name = "name",
     .kind = CRM_KIND_TEXT,
     .flags = CRM_REQUIRED | CRM_BOUNDED,
     .min = 1,
     .max = NAME_MAX_BYTES,
     .doc = "What deliveries call it: their target."},
    {.name = "url",
     .kind = CRM_KIND_TEXT,
     .flags = CRM_REQUIRED | CRM_BOUNDED,
     .min = 8,
     .max = URL_MAX_BYTES,
     .doc = "http:// or https://; redirects are not followed."},
    {.name = "secret",
     .kind = CRM_KIND_TEXT,
     .flags = CRM_REQUIRED,
     .doc = "Base64 of 24 to 64 random bytes that the receiver knows, too."},
    {.name = "private",
     .kind = CRM_KIND_BOOLEAN,
     .initial = "false",
     .doc = "May lead to this machine or into a private network."},
    {0}};

static const crm_field config[] = {{.name = "endpoints",
                                    .kind = CRM_KIND_LIST,
                                    .of = CRM_KIND_MAP,
                                    .fields = endpoint_fields,
                                    .flags = CRM_BOUNDED,
                                    .min = 0,
                                    .max = ENDPOINTS_MAX,
                                    .doc = "Where deliveries may go."},
                                   CARRIER_CONFIG,
                                   {0}};

/* --- life --------------------------------------------------------------------------------------------- */

static int start(crm_ctx *ctx, const crm_host *host, crm_slice given, void *of) {
  webhook *self = of;
  *self = (webhook){.host = host};
  crm_walk walk = crm_walk_begin(host->lookup(given, "endpoints").raw);
  while (host->walk(&walk)) CRM_TRY(read_endpoint(ctx, host, walk.value.raw, self));
  const carrier_limits limits = carrier_limits_read(host, given);
  const carrier_way way = {.channel = "webhook",
                           .pack = pack,
                           .begin = begin,
                           .end = end,
                           .unpack = unpack,
                           .self = self};
  return carrier_start(ctx, host, &way, &limits, &self->carrier);
}

static void stop(crm_ctx *ctx, void *of) {
  webhook *self = of;
  (void)ctx;
  carrier_stop(self->carrier);
  self->carrier = NULL;
}

/* --- description -------------------------------------------------------------------------------------- */

static int run_ping(crm_ctx *ctx, crm_slice params, crm_out *result, void *of) {
  const crm_host *host = ((const webhook *)of)->host;
  crm_slice delivery;
  crm_out *asked = host->out(ctx);
  host->begin(asked, CRM_MAP);
  crm_put(host, asked, "channel", crm_string(crm_text("webhook")));
  crm_put(host, asked, "target", host->lookup(params, "target"));
  crm_put(host, asked, "event", crm_string(crm_text("webhook.pinged")));
  host->end(asked);
  CRM_TRY(host->call(ctx, "delivery.create", host->bytes(asked), &delivery));
  host->begin(result, CRM_MAP);
  crm_put(host, result, "delivery", host->lookup(delivery, "id"));
  host->end(result);
  return CRM_OK;
}

static const crm_field ping_params[] = {{.name = "target",
                                         .kind = CRM_KIND_TEXT,
                                         .flags = CRM_REQUIRED | CRM_BOUNDED,
                                         .min = 1,
                                         .max = NAME_MAX_BYTES,
                                         .doc = "The endpoint's name."},
                                        {0}};
static const crm_field ping_result[] = {
    {.name = "delivery", .kind = CRM_KIND_INTEGER, .doc = "Its number: see how it goes."}, {0}};

static const crm_op ops[] = {{.name = "webhook.ping",
                              .doc = "Sends the event webhook.pinged to an endpoint.",
                              .doc_zh = "向端点发送一个测试事件。",
                              .params = ping_params,
                              .result = ping_result,
                              .run = run_ping,
                              .self = &plugin_state,
                              .flags = CRM_OP_WRITE | CRM_OP_ADMIN},
                             {0}};

static const crm_plugin plugin = {CRM_PLUGIN_HEADER,
                                  .name = "webhook",
                                  .version = "1.0.0",
                                  .doc = "Deliveries as signed HTTP requests to other systems.",
                                  .doc_zh = "把投递以带签名的 HTTP 请求发给其他系统。",
                                  .config = config,
                                  .ops = ops,
                                  .start = start,
                                  .stop = stop,
                                  .self = &plugin_state};

const crm_plugin *crm_plugin_entry(void) {
  return &plugin;
}
