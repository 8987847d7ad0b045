/* crm/plugin.h: everything a plugin sees of Haoke. Plain C11, and no other header of Haoke.
 *
 * A plugin is a package whose functions are written in C. It is one shared object with one exported
 * function, crm_plugin_entry(), which returns a constant description of what the package brings:
 * configuration, record types, ops and rules. Haoke reads the description, copies it, and calls the
 * functions in it; the functions call back through the table `crm_host` that `start` receives.
 *
 *   #include <crm/plugin.h>
 *   static const crm_host *host;
 *   static int start(crm_ctx *ctx, const crm_host *lent, crm_slice config, void *self) {…}
 *   static int greet(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {…}
 *   static const crm_op ops[] = {{.name = "hello.greet", .doc = "…", .run = greet}, {0}};
 *   static const crm_plugin plugin = {CRM_PLUGIN_HEADER, .name = "hello", .version = "1.0.0",
 *                                     .doc = "…", .ops = ops, .start = start};
 *   const crm_plugin *crm_plugin_entry(void) { return &plugin; }
 * docs/plugin-abi.md tells the same as a story, with a whole plugin to start from.
 *
 * Memory:  nothing is ever handed over. What the plugin's tables point at must stay as it is while
 *          the process lives (static data does). A slice that a callback receives or a host
 *          function returns lives until that callback returns; during `start`, until `stop`.
 *          host->alloc gives memory of the same life; nobody frees it.
 * Threads: every callback is (crm_ctx *, …, void *self). It may run on any thread and several may
 *          run at once, so whatever `self` or a static variable points at is read-only once `start`
 *          has returned. A ctx and all that came with it belong to the one callback they were given
 *          to. A thread of the plugin's own may call host->submit, host->log and what takes no ctx.
 * Fails:   functions return CRM_OK or a crm_code. Whoever finds the fault calls host->fail, which
 *          returns the code it was given; everybody else passes the code on (CRM_TRY). An op that
 *          fails leaves nothing behind.
 *
 * An op is a function of its ctx: no clock but host->facts, no files, no sockets, no waiting. It can
 * be dropped, repeated or simulated at any time, and it holds up every other write while it runs. */
#ifndef CRM_PLUGIN_H
#define CRM_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The major number changes when an existing plugin would break; the minor one with every addition.
 * A server takes plugins of its own major whose minor is not above its own.
 *   1.1  CRM_RESTORE CRM_MERGE CRM_UNMERGE; the kinds from CRM_KIND_DECIMAL on */
#define CRM_ABI_MAJOR 1
#define CRM_ABI_MINOR 1
#define CRM_PLUGIN_MAGIC UINT32_C(0x484b5047) /* "HKPG" */

#define CRM_PRINTF(text, first) __attribute__((format(printf, text, first)))

/* --- errors --- */

/* The stable codes of the protocol; what each means stands in docs/protocol.md. */
// clang-format off
enum crm_code {
  CRM_OK = 0,
  CRM_BAD_REQUEST = 1,            CRM_UNKNOWN_METHOD = 2,         CRM_INVALID_ARGUMENT = 3,
  CRM_VALIDATION_FAILED = 4,      CRM_TOO_LARGE = 5,              CRM_UNAUTHENTICATED = 6,
  CRM_PERMISSION_DENIED = 7,      CRM_NOT_FOUND = 8,              CRM_VERSION_CONFLICT = 9,
  CRM_DUPLICATE = 10,             CRM_TRANSITION_DENIED = 11,     CRM_RULE_FAILED = 12,
  CRM_REFERENCE_MISSING = 13,     CRM_REFERENCE_IN_USE = 14,      CRM_ALREADY_CLAIMED = 15,
  CRM_IDEMPOTENCY_MISMATCH = 16,  CRM_CURSOR_EXPIRED = 17,        CRM_RATE_LIMITED = 18,
  CRM_BUDGET_EXCEEDED = 19,       CRM_SCRIPT_ERROR = 20,          CRM_STORAGE_FULL = 21,
  CRM_READ_ONLY = 22,             CRM_UNAVAILABLE = 23,           CRM_INTERNAL = 24
};
// clang-format on

/* Returns from the function when the call failed. */
#define CRM_TRY(call)                                                                              \
  do {                                                                                             \
    int crm_try_code = (call);                                                                     \
    if (crm_try_code != CRM_OK) return crm_try_code;                                               \
  } while (0)

/* --- values ---
 * Everything that is stored, sent or asked is msgpack. The structs of this part are frozen: they
 * never grow, because they are passed by value or filled by the host. */

/* What an op sees; only ever passed on to host functions. */
typedef struct crm_ctx crm_ctx;

/* Where msgpack is written to; see host->out. */
typedef struct crm_out crm_out;

/* Bytes that somebody else owns. Texts are UTF-8 and do not end with a NUL. */
typedef struct crm_slice {
  const char *data;
  size_t size;
} crm_slice;

enum crm_value_type {
  CRM_NIL = 0,
  CRM_BOOLEAN = 1, /* in `integer`, 0 or 1 */
  CRM_INTEGER = 2, /* in `integer` */
  CRM_FLOAT = 3,   /* in `number` */
  CRM_TEXT = 4,    /* in `bytes` */
  CRM_BINARY = 5,  /* in `bytes` */
  CRM_ARRAY = 6,   /* `count` elements */
  CRM_MAP = 7      /* `count` pairs */
};

/* Members that the type does not use are zero, so lookup(map, "id").integer is 0 when there is no
 * such integer. */
typedef struct crm_value {
  uint32_t type; /* crm_value_type */
  uint32_t count;
  int64_t integer;
  double number;
  crm_slice bytes;
  crm_slice raw; /* the whole value as msgpack, its contents included */
} crm_value;

/* Walks an array or map:
 *   crm_walk walk = crm_walk_begin(container);
 *   while (host->walk(&walk)) use(walk.key, walk.value);            (key is nil in arrays) */
typedef struct crm_walk {
  crm_slice rest;
  uint32_t left;
  uint32_t state; /* 0 before the first step; the host's afterwards */
  crm_value key;
  crm_value value;
} crm_walk;

/* A day of the calendar: days since 1970-01-01. As text it is "2026-03-07"; weeks are + 7. */
typedef int32_t crm_date;
#define CRM_DATE_SIZE 11 /* "2026-03-07" and a NUL */

/* Which records, in which order. A zeroed member asks for nothing special. */
typedef struct crm_query {
  const char *type;
  crm_slice where;   /* msgpack map: {customer = 12, state = {ne = "cancelled"}} */
  const char *order; /* "-ordered_on id": names with a blank between, "-" for descending */
  int64_t limit;     /* 1 to 500; 0 for 50 */
  crm_slice after;   /* `next` of the page before */
} crm_query;

typedef struct crm_page {
  size_t count;
  const crm_slice *items; /* records, msgpack maps */
  crm_slice next;         /* empty: there are no more */
} crm_page;

/* --- descriptions ---
 * Tables end with a row whose name (field, from) is NULL. The structs of this part may grow at their
 * end with a new minor version; the host walks tables with the sizes that the plugin was compiled
 * with, and what an older plugin does not have counts as zero. */

/* What a field holds, and how that looks in msgpack. */
enum crm_kind {
  CRM_KIND_TEXT = 0,      /* text */
  CRM_KIND_INTEGER = 1,   /* integer */
  CRM_KIND_MONEY = 2,     /* integer, minor units (分) */
  CRM_KIND_BOOLEAN = 3,   /* boolean */
  CRM_KIND_DATE = 4,      /* text "2026-03-07" */
  CRM_KIND_DATETIME = 5,  /* integer, milliseconds UTC */
  CRM_KIND_CHOICE = 6,    /* text, one of `choices` */
  CRM_KIND_STATES = 7,    /* text, one of `choices`; changes only along `transitions` */
  CRM_KIND_TAGS = 8,      /* array of distinct texts */
  CRM_KIND_REFERENCE = 9, /* integer, the id of a record of type `to` */
  CRM_KIND_PHONE = 10,    /* text, as typed */
  CRM_KIND_EMAIL = 11,    /* text */
  CRM_KIND_ADDRESS = 12,  /* text */
  CRM_KIND_LIST = 13,     /* array of `of`; maps described by `fields` when `of` is CRM_KIND_MAP */
  CRM_KIND_MAP = 14,      /* map described by `fields`; any map when there are none */
  CRM_KIND_ANY = 15,      /* any value: in params and results, never in a record */
  CRM_KIND_DECIMAL = 16,  /* text "12.5": exact, up to 38 digits, 18 of them behind the point */
  CRM_KIND_DURATION = 17, /* integer, milliseconds, never negative */
  CRM_KIND_LUNAR_DATE = 18, /* text "2025-06-15", in a leap month "2025-06L-15" */
  CRM_KIND_TREE = 19,       /* text, a path from large to small: "国内/山东/济南" */
  CRM_KIND_FILE = 20        /* map {sha256, size, name, media} */
};

enum crm_field_flag {
  CRM_REQUIRED = 1 << 0,
  CRM_UNIQUE = 1 << 1,
  CRM_INDEX = 1 << 2,
  CRM_SEARCH = 1 << 3,
  CRM_PERSONAL = 1 << 4, /* about a person: kept out of logs, erased with the person */
  CRM_READONLY = 1 << 5, /* set by rules and packages, never by a client */
  CRM_BOUNDED = 1 << 6   /* `min` and `max` hold */
};

/* One allowed change of a states field. */
typedef struct crm_transition {
  const char *from;
  const char *to;
} crm_transition;

/* One field of a record, of params, of a result, or of the package's configuration. */
typedef struct crm_field {
  const char *name;
  uint32_t kind;  /* crm_kind */
  uint32_t flags; /* crm_field_flag, ored */
  const char *label_zh;
  const char *label_en;
  const char *doc;                   /* English, with units and range */
  const char *const *choices;        /* NULL-terminated; the first is where states begin */
  const crm_transition *transitions; /* of states */
  const char *to;                    /* of a reference: a type's name */
  const struct crm_field *fields;    /* of a map or a list of maps */
  const char *initial;               /* default as text: "5", "true", "open"; NULL for none */
  int64_t min;                       /* numbers: value; text: bytes; list and tags: elements */
  int64_t max;
  uint64_t of; /* of a list: kind of an element */
} crm_field;

/* field = value. A table of terms holds when all do; terms of one field stand together and mean
 * either value. */
typedef struct crm_term {
  const char *field;
  const char *value;
} crm_term;

enum crm_index_flag { CRM_INDEX_UNIQUE = 1 << 0 };

/* An ordered index over up to six fields of the records for which `where` holds. Single fields with
 * CRM_INDEX or CRM_UNIQUE need none. */
typedef struct crm_index {
  const char *name;
  const char *const *fields; /* names, NULL-terminated */
  const crm_term *where;     /* NULL: every record */
  uint64_t flags;            /* crm_index_flag */
} crm_index;

enum crm_type_flag {
  CRM_TYPE_INTERNAL = 1 << 0, /* seen by the server's own code only */
  CRM_TYPE_ADMIN = 1 << 1,    /* only administrators may write it */
  CRM_TYPE_EXTENDS = 1 << 2,  /* adds fields and indexes to a type of another package */
  CRM_TYPE_LOG_READS = 1 << 3 /* who reads its records is logged; also when it extends a type */
};

/* A kind of record. Field names of a package's own are best prefixed when it extends a type. */
typedef struct crm_type {
  const char *name;
  const char *label_zh;
  const char *label_en;
  const char *doc;
  const char *title; /* the field that names a record to people */
  const crm_field *fields;
  const crm_index *indexes; /* may be NULL */
  uint64_t flags;           /* crm_type_flag, ored */
} crm_type;

enum crm_op_flag {
  CRM_OP_WRITE = 1 << 0,     /* may write; without it every write is refused */
  CRM_OP_ADMIN = 1 << 1,     /* administrators only */
  CRM_OP_INTERNAL = 1 << 2,  /* called by timers, rules and packages, never by a client */
  CRM_OP_POINT = 1 << 3,     /* a read of a few records: may run where the request came in */
  CRM_OP_OWN_RIGHTS = 1 << 4 /* sees and writes whatever there is, not what its caller may */
};

/* What may be asked of the package. */
typedef struct crm_op {
  const char *name; /* noun.verb */
  const char *doc;  /* English */
  const char *doc_zh;
  const char *since;       /* the API level that brought it; NULL: "1" */
  const char *errors;      /* codes beyond those every op can give, blank between; may be NULL */
  const crm_field *params; /* NULL: none */
  const crm_field *result; /* NULL: see doc */

  /* Appends exactly one value, a map as `result` describes it. `params` is a map that was checked
   * against the op's fields, with defaults filled in. */
  int (*run)(crm_ctx *ctx, crm_slice params, crm_out *result, void *self);
  /* What is slow or random: runs before, on a thread where waiting hurts nobody; may read, never
   * writes. Appends the params map that `run` will see. NULL: none. */
  int (*prepare)(crm_ctx *ctx, crm_slice params, crm_out *prepared, void *self);
  void *self;
  uint64_t flags; /* crm_op_flag, ored */
} crm_op;

enum crm_event {
  CRM_CREATE = 1,
  CRM_UPDATE = 2,
  CRM_DELETE = 4,
  CRM_RESTORE = 8,  /* out of the recycle bin: `before` is empty, as on create */
  CRM_MERGE = 16,   /* `id` and `before`: the record that goes; `after`: the survivor */
  CRM_UNMERGE = 32, /* `id` and `after`: the record that is back; `before`: the survivor */
};

/* What a rule is told; the host's, read-only. */
typedef struct crm_change {
  const char *type;
  int64_t id;
  crm_slice before; /* the record; empty on create */
  crm_slice after;  /* the record; empty on delete */
  uint64_t event;   /* crm_event */
} crm_change;

/* Joins every change of a type's records, inside the op that makes it: may refuse it (host->fail),
 * write other records, and update the record itself (the update joins the change under way). */
typedef struct crm_rule {
  const char *name; /* rules of one package run in the order of their names */
  const char *type;
  const char *doc;
  const crm_term *where;     /* NULL: every record; asked of `before` on delete */
  const char *const *fields; /* update: only when one of these changed; NULL: any */
  int (*run)(crm_ctx *ctx, const crm_change *change, void *self);
  void *self;
  uint64_t events; /* crm_event, ored */
} crm_rule;

/* --- the host --- */

/* What an op may know of the world; the host's, read-only, grows at its end. In start, in stop and
 * in the answer to a submit there is no world: everything is zero. */
typedef struct crm_facts {
  int64_t now;            /* milliseconds UTC; one reading for the whole op */
  crm_slice actor;        /* who asks: a user's name or "system" */
  crm_slice package;      /* whose code runs */
  crm_date today;         /* in the business's timezone */
  uint32_t writes;        /* 1 in an op that may write */
  uint64_t administrator; /* 1 when the actor is one */
} crm_facts;

/* The answer to a submit; the host's, read-only, grows at its end. */
typedef struct crm_reply {
  int64_t code;        /* crm_code */
  crm_slice result;    /* one msgpack value, when code is CRM_OK */
  const char *field;   /* else: dotted path of the field at fault, or "" */
  const char *message; /* and what to tell people */
} crm_reply;

/* Writes the params of a submit, one map, before submit returns, on the thread that called it. */
typedef int (*crm_ask)(crm_ctx *ctx, crm_out *params, void *self);

/* Called once for every submit that returned CRM_OK, on a thread of the host, perhaps before submit
 * returns and perhaps after `stop`. The ctx has memory and no records. Return soon. */
typedef void (*crm_done)(crm_ctx *ctx, const crm_reply *reply, void *self);

enum crm_log_level { CRM_LOG_DEBUG = 0, CRM_LOG_INFO = 1, CRM_LOG_WARN = 2, CRM_LOG_ERROR = 3 };

/* What the host lends. It grows at its end: before calling what came with a later minor version than
 * the one the plugin asks for, look with CRM_HOST_HAS. More abilities are ops, through `call`.
 *
 * In an op that writes, a create, update, remove or call that failed cannot be taken back by itself:
 * return its code. (Should the op answer CRM_OK instead, the host fails it all the same.) Look with
 * get or find first where a failure is to be expected. In `start`, `stop`, crm_ask and crm_done there
 * are no records: get to facts below answer UNAVAILABLE or zero. */
typedef struct crm_host {
  size_t size; /* of this table in the server that runs */
  uint16_t abi_major;
  uint16_t abi_minor;
  uint32_t reserved;
  const char *version; /* of the server, for people */

  /* Reading msgpack. The bytes must be what the host gave, or what host->bytes returned. */
  /* The value at the front; nil when there are no bytes. */
  crm_value (*value)(crm_slice bytes);
  /* The value of `key` in a map; nil when it is not there or `map` is no map. */
  crm_value (*lookup)(crm_slice map, const char *key);
  /* The next element; false behind the last. */
  bool (*walk)(crm_walk *walk);

  /* Writing msgpack. Counts are kept by the host; texts must be UTF-8, map keys texts and distinct.
   * What is not well formed is refused where it is handed in (values, params, result). */
  /* A new, empty place to write to. */
  crm_out *(*out)(crm_ctx *ctx);
  /* Appends a scalar, or an array or map that was read elsewhere, whole. */
  void (*append)(crm_out *out, crm_value value);
  /* Begins a CRM_MAP or CRM_ARRAY: what is appended until `end` is inside. Up to 32 deep. */
  void (*begin)(crm_out *out, uint32_t type);
  void (*end)(crm_out *out);
  /* What was written; empty while a container is begun. Dies with the next append. */
  crm_slice (*bytes)(crm_out *out);

  /* Records. Fields marked CRM_READONLY may be set. Values and records are maps; `record`, what a
   * write made of it, may be NULL. */
  int (*get)(crm_ctx *ctx, const char *type, int64_t id, crm_slice *record);
  int (*find)(crm_ctx *ctx, const crm_query *query, crm_page *page);
  int (*count)(crm_ctx *ctx, const char *type, crm_slice where, int64_t *count);
  int (*create)(crm_ctx *ctx, const char *type, crm_slice values, crm_slice *record);
  /* Omitted fields keep their value, nil clears. A `version` other than 0 must still be the
   * record's. */
  int (*update)(crm_ctx *ctx, const char *type, int64_t id, crm_slice values, int64_t version,
                crm_slice *record);
  /* Deletes the record: it leaves lists and indexes, and its history stays. */
  int (*remove)(crm_ctx *ctx, const char *type, int64_t id, crm_slice *record);

  /* Runs another op, of any package, inside this one; empty params are none. */
  int (*call)(crm_ctx *ctx, const char *op, crm_slice params, crm_slice *result);

  /* Timers: at the instant `due` (milliseconds UTC) the op is called with these params. A timer is
   * a row like any other, written with the op and there after a restart. It is known by (due, op,
   * name); `name` is usually a record's id as text. Cancelling one that is not there does nothing. */
  int (*at)(crm_ctx *ctx, int64_t due, const char *op, const char *name, crm_slice params);
  int (*cancel)(crm_ctx *ctx, int64_t due, const char *op, const char *name);

  /* Says why the op fails and returns `code`. `field` is a dotted path or NULL. The texts, Chinese
   * and English, are printf formats over the same arguments; say what to do. */
  int (*fail)(crm_ctx *ctx, int code, const char *field, const char *zh, const char *en, ...)
      CRM_PRINTF(4, 6) CRM_PRINTF(5, 6);

  /* Time, actor and so on; lives as long as the callback. */
  const crm_facts *(*facts)(crm_ctx *ctx);

  /* `size` zeroed bytes, aligned for any object; never NULL. */
  void *(*alloc)(crm_ctx *ctx, size_t size);

  /* Dates. Adding days is +; months clamp to the last day (31 January + 1 is 28 February). */
  bool (*date_parse)(crm_slice text, crm_date *date);
  void (*date_format)(crm_date date, char text[CRM_DATE_SIZE]);
  crm_date (*date_add_months)(crm_date date, int32_t months);
  /* The day it is at an instant, and the instant at which a day begins, in the business's zone. */
  crm_date (*date_of)(crm_ctx *ctx, int64_t instant);
  int64_t (*midnight)(crm_ctx *ctx, crm_date date);

  /* A line of the server's log, "event=EVENT plugin=NAME" and the pairs of the format. No values of
   * personal fields. Any thread. */
  void (*log)(const struct crm_host *host, uint32_t level, const char *event, const char *format,
              ...) CRM_PRINTF(4, 5);

  /* For threads of the plugin's own, from `start` to `stop`: asks the server, as the system, and
   * goes on; `done` receives the answer. `ask` may be NULL: no params. UNAVAILABLE while the server
   * is starting or stopping, and inside a callback (there, call). */
  int (*submit)(const struct crm_host *host, const char *op, crm_ask ask, crm_done done,
                void *self);
} crm_host;

#define CRM_HOST_HAS(host, member)                                                                 \
  ((host)->size >= offsetof(crm_host, member) + sizeof((host)->member))

/* --- the plugin --- */

/* Sizes of the structs as the plugin was compiled. Frozen. */
typedef struct crm_sizes {
  uint32_t plugin;
  uint32_t field;
  uint32_t transition;
  uint32_t term;
  uint32_t index;
  uint32_t type;
  uint32_t op;
  uint32_t rule;
  uint32_t reserved[8];
} crm_sizes;

typedef struct crm_plugin {
  /* These four never move, in no version: CRM_PLUGIN_HEADER fills them. */
  uint32_t magic;
  uint16_t abi_major;
  uint16_t abi_minor; /* the least that the plugin needs */
  crm_sizes sizes;

  const char *name;         /* of the package: letters, digits, "_"; begins with a letter */
  const char *version;      /* "1.0.0" */
  const char *doc;          /* English, one or two sentences */
  const char *doc_zh;       /* Chinese */
  const char *const *needs; /* names of packages that must be there; NULL-terminated, may be NULL */
  const crm_field *config;  /* its section of the configuration; may be NULL */
  const crm_type *types;    /* may be NULL */
  const crm_op *ops;        /* may be NULL */
  const crm_rule *rules;    /* may be NULL */

  /* Before the first call: receives the host and the package's configuration (a map, checked, with
   * defaults), which both live until `stop`. May start threads. May be called again after `stop`.
   * NULL: nothing to do. */
  int (*start)(crm_ctx *ctx, const crm_host *host, crm_slice config, void *self);
  /* No callback runs and none will come, but for crm_done. Ends the plugin's threads, and waits for
   * them but never for an answer. NULL: nothing to do. */
  void (*stop)(crm_ctx *ctx, void *self);
  void *self;
} crm_plugin;

#define CRM_PLUGIN_HEADER                                                                          \
  .magic = CRM_PLUGIN_MAGIC, .abi_major = CRM_ABI_MAJOR, .abi_minor = CRM_ABI_MINOR,               \
  .sizes = {.plugin = sizeof(crm_plugin),                                                          \
            .field = sizeof(crm_field),                                                            \
            .transition = sizeof(crm_transition),                                                  \
            .term = sizeof(crm_term),                                                              \
            .index = sizeof(crm_index),                                                            \
            .type = sizeof(crm_type),                                                              \
            .op = sizeof(crm_op),                                                                  \
            .rule = sizeof(crm_rule)}

/* The plugin's one exported function. */
__attribute__((visibility("default"))) const crm_plugin *crm_plugin_entry(void);

/* --- conveniences, compiled into the plugin --- */

/* The slice of a C string. */
static inline crm_slice crm_text(const char *text) {
  return (crm_slice){.data = text, .size = text == NULL ? 0 : strlen(text)};
}

static inline bool crm_is(crm_slice slice, const char *text) {
  size_t size = strlen(text);
  return slice.size == size && (size == 0 || memcmp(slice.data, text, size) == 0);
}

/* For printf's "%.*s". */
#define CRM_SLICE_ARGS(slice) (int)(slice).size, (slice).data

static inline crm_walk crm_walk_begin(crm_slice container) {
  return (crm_walk){.rest = container};
}

/* Values to append. */
static inline crm_value crm_integer(int64_t integer) {
  return (crm_value){.type = CRM_INTEGER, .integer = integer};
}

static inline crm_value crm_boolean(bool boolean) {
  return (crm_value){.type = CRM_BOOLEAN, .integer = boolean};
}

static inline crm_value crm_string(crm_slice text) {
  return (crm_value){.type = CRM_TEXT, .bytes = text};
}

/* A key and its value, inside a map; crm_put_begin begins a CRM_MAP or CRM_ARRAY under the key. */
static inline void crm_put(const crm_host *host, crm_out *out, const char *key, crm_value value) {
  host->append(out, crm_string(crm_text(key)));
  host->append(out, value);
}

static inline void crm_put_date(const crm_host *host, crm_out *out, const char *key,
                                crm_date date) {
  char text[CRM_DATE_SIZE];
  host->date_format(date, text);
  crm_put(host, out, key, crm_string(crm_text(text)));
}

static inline void crm_put_begin(const crm_host *host, crm_out *out, const char *key,
                                 uint32_t type) {
  host->append(out, crm_string(crm_text(key)));
  host->begin(out, type);
}

#endif
