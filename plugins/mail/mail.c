/* mail: deliveries of the channel `mail` as messages, handed to one SMTP server.
 *
 *   data = {to = "a@b.cn" or {…}, cc = …, reply_to = …, subject = …, text = …, html = …}
 *
 * Memory:  the configuration and the carrier are the plugin's from start to stop; a load is one message.
 * Threads: see carrier.h.
 * Fails:   start: CRM_INVALID_ARGUMENT naming the key. A delivery that makes no message is dead at once. */
#include <crm/plugin.h>
#include <stdio.h>
#include <stdlib.h>

#include "carrier.h"
#include "message.h"

#define RECIPIENTS_MAX 500
#define TEXT_BYTES 512 /* of a text of the configuration */

typedef struct mail {
  const crm_host *host;
  carrier *carrier;
  char url[TEXT_BYTES + 1];
  char from[TEXT_BYTES + 1];
  char name[TEXT_BYTES + 1];
  char user[TEXT_BYTES + 1];
  char password[TEXT_BYTES + 1];
  char ca[TEXT_BYTES + 1];
  long tls; /* CURLUSESSL_… */
  int64_t recipients;
} mail;

static mail plugin_state;

/* --- one message -------------------------------------------------------------------------------------- */

typedef struct load {
  text content;
  size_t sent; /* bytes of it */
  struct curl_slist *recipients;
} load;

/* What of a delivery is read before it becomes a message. */
typedef struct reading {
  const crm_host *host;
  const mail *self;
  crm_slice data;
  char *error;
  size_t count;
  crm_slice addresses[RECIPIENTS_MAX];
} reading;

static bool refuse(const reading *in, const char *key, const char *what) {
  (void)snprintf(in->error, CARRIER_ERROR_SIZE, "data.%s %s", key, what);
  return false;
}

static bool add_address(reading *in, const char *key, crm_value value) {
  if (value.type != CRM_TEXT || !message_address_valid(value.bytes)) {
    return refuse(in, key, "has what is no address of the form local@domain in plain letters");
  }
  if ((int64_t)in->count >= in->self->recipients) {
    return refuse(in, key, "has more addresses than the configuration's `recipients`");
  }
  in->addresses[in->count++] = value.bytes;
  return true;
}

/* One address, or a list of them. */
static bool read_list(reading *in, const char *key, message_list *list) {
  crm_value value = in->host->lookup(in->data, key);
  size_t first = in->count;
  list->addresses = in->addresses + first;
  if (value.type == CRM_TEXT && !add_address(in, key, value)) return false;
  if (value.type == CRM_ARRAY) {
    crm_walk walk = crm_walk_begin(value.raw);
    while (in->host->walk(&walk)) {
      if (!add_address(in, key, walk.value)) return false;
    }
  } else if (value.type != CRM_TEXT && value.type != CRM_NIL) {
    return refuse(in, key, "is neither an address nor a list of them");
  }
  list->count = in->count - first;
  return true;
}

static bool read_text(const reading *in, const char *key, bool needed, crm_slice *read) {
  crm_value value = in->host->lookup(in->data, key);
  *read = value.bytes;
  if (value.type == CRM_TEXT && value.bytes.size > 0) return true;
  if (value.type != CRM_TEXT && value.type != CRM_NIL) return refuse(in, key, "is no text");
  return !needed || refuse(in, key, "is missing");
}

static bool read_message(reading *in, message *made) {
  if (!read_list(in, "to", &made->to) || !read_list(in, "cc", &made->cc)) return false;
  if (made->to.count == 0) return refuse(in, "to", "is missing");
  if (!read_text(in, "subject", true, &made->subject)) return false;
  if (!read_text(in, "text", true, &made->plain)) return false;
  if (!read_text(in, "html", false, &made->html)) return false;
  if (!read_text(in, "reply_to", false, &made->reply_to)) return false;
  bool good = made->reply_to.size == 0 || message_address_valid(made->reply_to);
  return good || refuse(in, "reply_to", "is no address of the form local@domain in plain letters");
}

static struct curl_slist *recipients_of(const reading *in) {
  struct curl_slist *list = NULL;
  for (size_t i = 0; i < in->count; i++) {
    char address[TEXT_BYTES];
    (void)snprintf(address, sizeof address, "<%.*s>", CRM_SLICE_ARGS(in->addresses[i]));
    struct curl_slist *longer = curl_slist_append(list, address);
    if (longer == NULL) abort();
    list = longer;
  }
  return list;
}

static void *pack(const crm_host *host, crm_slice delivery, char error[CARRIER_ERROR_SIZE],
                  const void *of) {
  const mail *self = of;
  reading in = {
      .host = host, .self = self, .data = host->lookup(delivery, "data").raw, .error = error};
  message made = {.id = host->lookup(delivery, "id").integer,
                  .at = host->lookup(delivery, "created_at").integer,
                  .from = crm_text(self->from),
                  .name = crm_text(self->name)};
  if (!read_message(&in, &made)) return NULL;
  load *packed = calloc(1, sizeof *packed);
  if (packed == NULL) abort();
  message_append(&made, &packed->content);
  packed->recipients = recipients_of(&in);
  return packed;
}

static void unpack(void *of) {
  load *gone = of;
  curl_slist_free_all(gone->recipients);
  text_free(&gone->content);
  free(gone);
}

/* --- one try ------------------------------------------------------------------------------------------ */

static size_t read_content(char *data, size_t size, size_t count, void *of) {
  load *packed = of;
  size_t left = packed->content.size - packed->sent;
  size_t room = size * count;
  size_t given = left < room ? left : room;
  memcpy(data, packed->content.data + packed->sent, given);
  packed->sent += given;
  return given;
}

static bool begin(void *of, CURL *easy, char error[CARRIER_ERROR_SIZE], const void *with) {
  const mail *self = with;
  load *packed = of;
  char from[TEXT_BYTES + 3];
  (void)error;
  packed->sent = 0;
  (void)snprintf(from, sizeof from, "<%s>", self->from);
  (void)curl_easy_setopt(easy, CURLOPT_URL, self->url);
  (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  (void)curl_easy_setopt(easy, CURLOPT_USE_SSL, self->tls);
  (void)curl_easy_setopt(easy, CURLOPT_MAIL_FROM, from);
  (void)curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, packed->recipients);
  (void)curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
  (void)curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_content);
  (void)curl_easy_setopt(easy, CURLOPT_READDATA, packed);
  (void)curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)packed->content.size);
  if (self->user[0] != '\0') {
    (void)curl_easy_setopt(easy, CURLOPT_USERNAME, self->user);
    (void)curl_easy_setopt(easy, CURLOPT_PASSWORD, self->password);
  }
  if (self->ca[0] != '\0') (void)curl_easy_setopt(easy, CURLOPT_CAINFO, self->ca);
  return true;
}

/* 55x speaks of this mail: a mailbox that is not there, a message that is not taken. Other answers are about
 * the server, the login or the moment. */
static carrier_outcome end(void *of, CURL *easy, CURLcode code, char error[CARRIER_ERROR_SIZE],
                           const void *self) {
  long status = 0;
  (void)of, (void)error, (void)self;
  if (code == CURLE_OK) return CARRIER_DELIVERED;
  (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  return status >= 550 && status <= 559 ? CARRIER_DEAD : CARRIER_FAILED;
}

/* --- configuration ------------------------------------------------------------------------------------ */

static const char *const tls_choices[] = {"required", "try", "none", NULL};

static long tls_of(crm_slice choice) {
  if (crm_is(choice, "none")) return CURLUSESSL_NONE;
  return crm_is(choice, "try") ? CURLUSESSL_TRY : CURLUSESSL_ALL;
}

static void copy_text(const crm_host *host, crm_slice config, const char *key,
                      char to[TEXT_BYTES + 1]) {
  crm_slice value = host->lookup(config, key).bytes;
  (void)snprintf(to, TEXT_BYTES + 1, "%.*s", CRM_SLICE_ARGS(value));
}

static int check(crm_ctx *ctx, const crm_host *host, const mail *self) {
  bool known = strncmp(self->url, "smtp://", 7) == 0 || strncmp(self->url, "smtps://", 8) == 0;
  for (const char *at = self->url; *at != '\0'; at++) known = known && *at > ' ' && *at <= '~';
  if (!known) {
    return host->fail(ctx, CRM_INVALID_ARGUMENT, "url",
                      "url 必须以 smtp:// 或 smtps:// 开头，例如 smtp://mail.example.com:587",
                      "url has to begin with smtp:// or smtps://, like "
                      "smtp://mail.example.com:587");
  }
  if (!message_address_valid(crm_text(self->from))) {
    return host->fail(ctx, CRM_INVALID_ARGUMENT, "from",
                      "from 必须是 local@domain 形式的地址；显示的名称写在 name",
                      "from is an address of the form local@domain; the name that is shown is "
                      "`name`");
  }
  return CRM_OK;
}

#define TEXT_FIELD(key, more, text)                                                                \
  {                                                                                                \
    .name = (key), .kind = CRM_KIND_TEXT, .flags = CRM_BOUNDED | (more), .min = 0,                 \
    .max = TEXT_BYTES, .doc = (text)                                                               \
  }

static const crm_field config[] = {
    TEXT_FIELD("url", CRM_REQUIRED, "The SMTP server: smtp://HOST:PORT, or smtps://."),
    TEXT_FIELD("from", CRM_REQUIRED, "The sender's address."),
    TEXT_FIELD("name", 0, "The sender's name, as it is shown."),
    TEXT_FIELD("user", 0, "For the login; without it there is none."),
    TEXT_FIELD("password", 0, "For the login."),
    {.name = "tls",
     .kind = CRM_KIND_CHOICE,
     .choices = tls_choices,
     .initial = "required",
     .doc = "STARTTLS with smtp://: required; try, when the server offers it; none."},
    TEXT_FIELD("ca", 0,
               "PEM file of the authorities that the server's certificate is held "
               "against; the system's without it."),
    CARRIER_LIMIT("recipients", "50", 1, RECIPIENTS_MAX, "Addresses of one message."),
    CARRIER_CONFIG,
    {0}};

/* --- life --------------------------------------------------------------------------------------------- */

static int start(crm_ctx *ctx, const crm_host *host, crm_slice given, void *of) {
  mail *self = of;
  *self = (mail){.host = host,
                 .tls = tls_of(host->lookup(given, "tls").bytes),
                 .recipients = host->lookup(given, "recipients").integer};
  copy_text(host, given, "url", self->url);
  copy_text(host, given, "from", self->from);
  copy_text(host, given, "name", self->name);
  copy_text(host, given, "user", self->user);
  copy_text(host, given, "password", self->password);
  copy_text(host, given, "ca", self->ca);
  CRM_TRY(check(ctx, host, self));
  const carrier_limits limits = carrier_limits_read(host, given);
  const carrier_way way = {
      .channel = "mail", .pack = pack, .begin = begin, .end = end, .unpack = unpack, .self = self};
  return carrier_start(ctx, host, &way, &limits, &self->carrier);
}

static void stop(crm_ctx *ctx, void *of) {
  mail *self = of;
  (void)ctx;
  carrier_stop(self->carrier);
  self->carrier = NULL;
}

/* --- description -------------------------------------------------------------------------------------- */

static void put_text(const crm_host *host, crm_out *out, const char *key, const char *words) {
  crm_put(host, out, key, crm_string(crm_text(words)));
}

static int run_ping(crm_ctx *ctx, crm_slice params, crm_out *result, void *of) {
  const crm_host *host = ((const mail *)of)->host;
  crm_slice delivery;
  crm_out *asked = host->out(ctx);
  host->begin(asked, CRM_MAP);
  put_text(host, asked, "channel", "mail");
  put_text(host, asked, "event", "mail.pinged");
  crm_put_begin(host, asked, "data", CRM_MAP);
  crm_put(host, asked, "to", host->lookup(params, "to"));
  put_text(host, asked, "subject", "好客测试邮件 · a test of Haoke");
  put_text(host, asked, "text", "收到这封邮件，说明发信设置可用。\nMail from Haoke arrives.\n");
  host->end(asked);
  host->end(asked);
  CRM_TRY(host->call(ctx, "delivery.create", host->bytes(asked), &delivery));
  host->begin(result, CRM_MAP);
  crm_put(host, result, "delivery", host->lookup(delivery, "id"));
  host->end(result);
  return CRM_OK;
}

static const crm_field ping_params[] = {
    {.name = "to", .kind = CRM_KIND_EMAIL, .flags = CRM_REQUIRED, .doc = "Who gets it."}, {0}};
static const crm_field ping_result[] = {
    {.name = "delivery", .kind = CRM_KIND_INTEGER, .doc = "Its number: see how it goes."}, {0}};

static const crm_op ops[] = {{.name = "mail.ping",
                              .doc = "Sends a mail that says that mail works.",
                              .doc_zh = "发一封测试邮件。",
                              .params = ping_params,
                              .result = ping_result,
                              .run = run_ping,
                              .self = &plugin_state,
                              .flags = CRM_OP_WRITE | CRM_OP_ADMIN},
                             {0}};

static const crm_plugin plugin = {CRM_PLUGIN_HEADER,
                                  .name = "mail",
                                  .version = "1.0.0",
                                  .doc = "Deliveries as mail, through an SMTP server.",
                                  .doc_zh = "把投递作为电子邮件，通过 SMTP 服务器发出。",
                                  .config = config,
                                  .ops = ops,
                                  .start = start,
                                  .stop = stop,
                                  .self = &plugin_state};

const crm_plugin *crm_plugin_entry(void) {
  return &plugin;
}
