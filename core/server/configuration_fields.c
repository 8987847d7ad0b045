/* configuration_fields: every key of the configuration file, with default and range. See
 * configuration.h. Sizes are bytes unless the name says otherwise. */
#include "server/configuration.h"

#define SIZE(key, standard, least, most, text)                                                     \
  {                                                                                                \
    .name = (key), .kind = DATA_KIND_INTEGER, .initial = (standard), .bounded = true,              \
    .min = (least), .max = (most), .doc = (text)                                                   \
  }
#define SECTION(key, table, text)                                                                  \
  { .name = (key), .kind = DATA_KIND_MAP, .fields = (table), .doc = (text) }

/* A number that the build gives, as text. */
#define TEXT_OF(number) #number
#define BUILT_IN(number) TEXT_OF(number)

#define KIB ((int64_t)1024)
#define MIB (KIB * 1024)
#define TIB (MIB * 1024 * 1024)

static const char *const languages[] = {"zh-CN", "en", NULL};
static const char *const levels[] = {"info", "debug", "warn", "error", NULL};

static const data_field business_section[] = {
    {.name = "timezone",
     .kind = DATA_KIND_TEXT,
     .initial = "Asia/Shanghai",
     .doc = "where the business's days begin and end: today, due, overdue"},
    {.name = "working_days",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_INTEGER,
     .bounded = true,
     .min = 1,
     .max = 7,
     .doc = "weekdays that are worked, 1 (Monday) to 7; holidays and make-up days are records of "
            "type calendar. Default: 1 to 5"},
    {.name = "working_hours",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_TEXT,
     .bounded = true,
     .min = 1,
     .max = DATA_HOURS_MAX,
     .doc = "hours of a working day, in order, up to 12. Default: 09:00-12:00 and 13:30-18:00"},
    {.name = "language",
     .kind = DATA_KIND_CHOICE,
     .choices = languages,
     .initial = "zh-CN",
     .doc = "of texts that are stored, and of sessions that ask for none"},
    {.name = "currency",
     .kind = DATA_KIND_TEXT,
     .initial = "CNY",
     .bounded = true,
     .min = 3,
     .max = 3,
     .doc = "ISO 4217; money is stored in its minor unit"},
    {0}};

static const data_field tls_section[] = {
    {.name = "listen",
     .kind = DATA_KIND_TEXT,
     .doc = "HOST:PORT for TLS 1.3; without it there is none"},
    {.name = "certificate",
     .kind = DATA_KIND_TEXT,
     .doc =
         "PEM file: the certificate, behind it those that lead to its root; SIGHUP reads it anew"},
    {.name = "key", .kind = DATA_KIND_TEXT, .doc = "PEM file: the certificate's private key"},
    SIZE("handshake_bytes", "16384", 1 * KIB, 1 * MIB,
         "what a peer may send before the handshake is complete"),
    {0}};

static const data_field limits_section[] = {
    SIZE("frame_bytes", "4194304", 1 * KIB, 256 * MIB, "one request after login"),
    SIZE("frame_depth", "32", 4, 256, "nested arrays and maps of one request"),
    SIZE("frame_items", "200000", 16, 10 * MIB, "values in one request, at all depths"),
    SIZE("frame_map_entries", "4096", 8, 1 * MIB, "pairs of one map"),
    SIZE("open_frame_bytes", "16384", 1 * KIB, 1 * MIB, "one request before login"),
    SIZE("open_frame_depth", "8", 4, 64, "the same before login"),
    SIZE("open_frame_items", "256", 16, 64 * KIB, "the same before login"),
    SIZE("open_frame_map_entries", "64", 8, 4 * KIB, "the same before login"),
    SIZE("outstanding", "256", 1, 64 * KIB, "requests of one connection under way"),
    SIZE("output_bytes", "16777216", 64 * KIB, 1024 * MIB, "replies a client has not taken"),
    SIZE("replies_bytes", "268435456", 64 * KIB, 1024 * 1024 * MIB,
         "the same of all connections together; whoever has most of it is closed"),
    SIZE("event_lag", "10000", 1, 10 * MIB, "journal entries a subscriber may be behind"),
    SIZE("result_bytes", "16777216", 64 * KIB, 1024 * MIB, "the result of one op"),
    SIZE("scan_rows", "20000", 100, 10 * MIB, "rows one query may look at without an index"),
    SIZE("custom_fields", "500", 1, 5000, "fields of its own that a business may give one type"),
    SIZE("shares", "10000", 1, 1 * MIB, "records shared with one user"),
    SIZE("logged_records", "5000", 1, 10000, "records of one answer, of types marked log_reads"),
    SIZE("connections", "4096", 1, 1 * MIB, "connections at one time"),
    SIZE("open_connections", "1024", 1, 1 * MIB, "of those, connections that have not logged in"),
    SIZE("network_connections", "1024", 1, 1 * MIB,
         "of those, connections from one network: an IPv4 address, 64 bits of an IPv6 address"),
    SIZE("requests", "16384", 1, 1 * MIB, "requests of all connections under way"),
    SIZE("rate", "50000", 1, 10 * MIB, "requests of one connection in a second; more have to wait"),
    SIZE("open_rate", "100", 1, 10 * MIB, "the same before login"),
    SIZE("login_ms", "30000", 100, 3600000, "until a connection has logged in"),
    SIZE("frame_ms", "60000", 100, 3600000, "from the beginning of a request to its end"),
    SIZE("stalled_ms", "30000", 100, 3600000,
         "without a client taking, or its machine confirming, anything of its replies"),
    SIZE("drain_ms", "10000", 0, 3600000, "for what is under way when the server is told to stop"),
    SIZE("keepalive_s", "60", 1, 86400, "of silence, after which TCP asks whether a peer is there"),
    {0}};

static const data_field reads_section[] = {
    SIZE("lanes", "2", 1, 64, "threads that answer reads"),
    {.name = "on_loop",
     .kind = DATA_KIND_BOOLEAN,
     .initial = "true",
     .doc = "short reads are answered by the loop itself"},
    SIZE("loop_rows", "64", 1, 10000, "rows that one of these may look at, of 1 KiB on average"),
    SIZE("log_kept", "1000000", 10, INT32_MAX,
         "rows of the type read_log; older ones are in the journal alone"),
    {0}};

static const data_field writer_section[] = {
    SIZE("group_ops", "512", 1, 64 * KIB, "writes that share one commit at most"),
    SIZE("group_bytes", "1048576", 1 * KIB, 8 * MIB, "their bytes in the journal, about"),
    SIZE("group_ms", "10", 1, 10000, "how long they are gathered at most"),
    SIZE("build_rows", "500", 1, 10000, "records looked at in one batch for a field that is new"),
    {0}};

static const data_field prepare_section[] = {
    SIZE("waiting", "128", 1, 64 * KIB, "logins and the like that may wait, of all connections"),
    {0}};

static const data_field password_section[] = {
    SIZE("length", "6", 1, 64, "characters of a new password, at least"),
    SIZE("passes", "2", 1, 16, "Argon2id iterations"),
    SIZE("memory_kib", "65536", 8, 4 * MIB, "Argon2id memory, KiB"),
    {0}};

static const data_field login_section[] = {
    SIZE("window_s", "600", 1, 86400, "seconds in which wrong passwords are counted"),
    SIZE("pair", "5", 1, 1000, "wrong passwords for one user from one network"),
    SIZE("user", "50", 1, 10000,
         "for one user from all networks where that user has never logged in, together"),
    SIZE("address", "60", 1, 10000,
         "from one network for all users who have never logged in there, together"),
    SIZE("kept", "65536", 16, 16 * MIB, "counts of wrong passwords in memory"),
    SIZE("share_percent", "25", 1, 100,
         "of one core, for checking passwords of users at networks new to them"),
    SIZE("strangers", "16", 1, 64 * KIB, "logins of such users that may wait"),
    SIZE("networks", "16", 1, 256, "networks that are remembered of one user"),
    {0}};

static const data_field store_section[] = {
    SIZE("map_bytes", BUILT_IN(HAOKE_MAP_BYTES), 1 * MIB, 64 * TIB,
         "largest size of the data file; sparse"),
    SIZE("change_set_bytes", "1048576", 64 * KIB, 4 * MIB, "all that one op may write"),
    SIZE("segment_bytes", "33554432", 16 * MIB, 1024 * MIB, "one file of the journal"),
    SIZE("drain_ops", "8192", 64, 1 * MIB, "entries brought into the data file at once"),
    SIZE("drain_bytes", "33554432", 1 * MIB, 1024 * MIB, "or as many bytes of memory"),
    SIZE("drain_ms", "2000", 10, 600000, "longest wait of an entry for that"),
    SIZE("reserve_bytes", "67108864", 0, 1024 * 1024 * MIB, "of the disk, kept for purging"),
    SIZE("tail_bytes", "100663296", 4 * MIB, 4096 * MIB, "memory of entries that wait for it"),
    {0}};

static const data_field script_section[] = {
    SIZE("instructions", "10000000", 1000, INT32_MAX, "Lua instructions of one op"),
    SIZE("milliseconds", "250", 10, 600000, "that one call of a package may work"),
    SIZE("memory_bytes", "16777216", 256 * KIB, 1024 * MIB,
         "of one call, above the package itself, with what the server gives it"),
    SIZE("allocation_bytes", "1048576", 64 * KIB, 8 * MIB, "of one text or one part of a table"),
    SIZE("nesting", "100", 10, 150, "calls inside calls by way of functions of the server"),
    SIZE("rows_read", "100000", 1, INT32_MAX, "rows that one call may have looked at"),
    SIZE("rows_written", "10000", 1, INT32_MAX, "rows that one call may have written"),
    SIZE("timers", "10000", 1, INT32_MAX, "timers that one call may set"),
    SIZE("log_bytes", "16384", 1, 1 * MIB, "texts that one call may write into the log"),
    SIZE("deliveries", "1000", 1, INT32_MAX, "deliveries that one call may make"),
    SIZE("load_instructions", "20000000", 1000, INT32_MAX, "for loading one package"),
    {0}};

static const data_field packages_section[] = {
    {.name = "enable",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_TEXT,
     .doc = "names of packages; what they need is enabled with them. "
            "Default: " HAOKE_DEFAULT_PACKAGES},
    {.name = "config",
     .kind = DATA_KIND_MAP,
     .doc = "package name → its own configuration, checked by the package's fields"},
    SIZE("kept", "10", 1, 1000, "versions of each package that package.rollback can go back to"),
    SIZE("watch_ms", "0", 0, 3600000,
         "how often the folders of packages and of plugins are looked at: what is new or changed, "
         "and "
         "complete, is loaded; 0: never"),
    {0}};

static const data_field plugins_section[] = {
    SIZE("drain_ms", "5000", 1, 600000,
         "how long plugin.load waits for calls of the old version; writes wait with it"),
    {0}};

static const data_field jobs_section[] = {
    SIZE("kept", "1000", 10, 1 * MIB, "jobs that are remembered when they have ended"), {0}};

static const data_field failures_section[] = {
    SIZE("kept", "1000", 10, 1 * MIB, "timers that failed and are remembered"), {0}};

static const data_field deliveries_section[] = {
    SIZE("attempts", "20", 1, 1000, "tries of one delivery, until it is given up as dead"),
    SIZE("retry_first_ms", "10000", 1, 86400000,
         "from the first try that failed to the second; each further wait is twice as long"),
    SIZE("retry_most_ms", "21600000", 1, 604800000, "the longest of these waits"),
    SIZE("kept", "100000", 1, INT32_MAX, "deliveries that are remembered when they are closed"),
    SIZE("data_bytes", "65536", 64, 1 * MIB, "what one delivery tells, as msgpack"),
    {0}};

static const data_field import_section[] = {
    SIZE("commit_rows", "200", 1, 10000, "rows of an import that share one commit at most"),
    SIZE("row_bytes", "262144", 1 * KIB, 1 * MIB,
         "one row of a file; at most a quarter of store.change_set_bytes counts"),
    SIZE("failures", "10000", 1, 10 * MIB,
         "failed rows of one import whose text and value are kept; of more, the code is"),
    SIZE("dry_run_bytes", "536870912", 1 * MIB, 64 * KIB * MIB,
         "memory of all dry runs of imports together"),
    {.name = "directory",
     .kind = DATA_KIND_TEXT,
     .doc =
         "folder below which administrators may import files of the server; none when not given"},
    {0}};

static const data_field timers_section[] = {
    SIZE("missed_ms", "3600000", 1000, 604800000,
         "a timer that comes later than this was missed, and its policy (late, once, skip) counts"),
    {0}};

static const data_field simulate_section[] = {
    SIZE("items", "100000", 1, 10 * MIB, "changes that one simulation tells at most"), {0}};

static const data_field export_section[] = {
    SIZE("piece_bytes", "1048576", 1 * KIB, 256 * MIB, "one piece of an export, about"), {0}};

static const data_field journal_section[] = {
    SIZE("keep_days", "0", 0, 36500,
         "days after which drained files of the journal are retired; 0: they are kept for ever"),
    {.name = "archive",
     .kind = DATA_KIND_TEXT,
     .doc = "folder that has them from then on; none when not given"},
    {0}};

static const data_field backup_section[] = {
    {.name = "directory",
     .kind = DATA_KIND_TEXT,
     .doc = "folder below which backup.run writes; anywhere when not given"},
    {0}};

static const data_field restore_section[] = {SIZE("skip_ids", "10000", 1, 1000000000,
                                                  "numbers of each type that are left out after a "
                                                  "restore: more than were given out since the "
                                                  "moment that is restored"),
                                             {0}};

static const data_field log_section[] = {
    {.name = "level",
     .kind = DATA_KIND_CHOICE,
     .choices = levels,
     .initial = "info",
     .doc = "lines below this level are dropped"},
    SIZE("slow_ms", "1000", 0, 3600000, "requests that take longer are logged; 0: none"),
    {0}};

const data_field server_configuration_fields[] = {
    SECTION("business", business_section, "the firm"),
    {.name = "listen",
     .kind = DATA_KIND_TEXT,
     .initial = "127.0.0.1:7420",
     .doc = "HOST:PORT for TCP; port 0 takes a free one"},
    SECTION("tls", tls_section, "listening with TLS, for passwords that cross a network"),
    SECTION("limits", limits_section, "what one connection may ask for"),
    SECTION("reads", reads_section, "the reader lanes"),
    SECTION("writer", writer_section, "the writer lane"),
    SECTION("prepare", prepare_section, "the prepare lane"),
    SECTION("password", password_section, "new passwords, and the cost of one check"),
    SECTION("login", login_section, "how many passwords may be tried"),
    SECTION("store", store_section, "the data file"),
    SECTION("script", script_section, "budgets of Lua packages"),
    SECTION("packages", packages_section, "what is enabled, and its configuration"),
    SECTION("plugins", plugins_section, "replacing plugins while the server runs"),
    SECTION("jobs", jobs_section, "what takes longer than a moment"),
    SECTION("failures", failures_section, "timers and `after` rules that fail"),
    SECTION("deliveries", deliveries_section, "what happens outside: webhooks, mail"),
    SECTION("import", import_section, "records out of files"),
    SECTION("export", export_section, "records into files"),
    SECTION("journal", journal_section, "how long the journal is kept"),
    SECTION("backup", backup_section, "copies of everything"),
    SECTION("restore", restore_section, "the first start after one"),
    SECTION("timers", timers_section, "what was missed while the server was down"),
    SECTION("simulate", simulate_section, "what would happen"),
    SECTION("log", log_section, "standard error"),
    {0}};
