/* top: what a running server does, again and again: rates and times between two looks, the busiest ops
 * first. */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "server/command.h"
#include "server/connection.h"
#include "server/message.h"
#include "server/sample.h"
#include "server/table.h"

#define INTERVAL_MOST 3600
#define OPS_SHOWN 20
#define NAME_WIDTH 32
#define CELL_WIDTH 11
#define CLEAR "\033[H\033[2J"

typedef struct shown_op {
  base_slice name;
  server_spread spread;
  double errors; /* a second */
} shown_op;

/* --- numbers ------------------------------------------------------------------------------------ */

static void format_us(double us, char text[32]) {
  if (us < 1000) {
    (void)snprintf(text, 32, "%.0f us", us);
  } else if (us < 1000000) {
    (void)snprintf(text, 32, "%.1f ms", us / 1000);
  } else {
    (void)snprintf(text, 32, "%.1f s", us / 1000000);
  }
}

static void format_bytes(int64_t bytes, char text[32]) {
  static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double size = (double)bytes;
  size_t unit = 0;
  while (size >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
    size /= 1024;
    unit++;
  }
  (void)snprintf(text, 32, "%.1f %s", size, units[unit]);
}

static double rate(const server_sample *before, const server_sample *now, const char *name) {
  double seconds = server_sample_seconds(before, now);
  double more = (double)(server_sample_value(now, name) - server_sample_value(before, name));
  return seconds > 0 ? more / seconds : 0;
}

static server_spread spread_of(const server_sample *before, const server_sample *now,
                               const char *name) {
  data_value earlier = {0};
  data_value later = {0};
  base_slice then = server_sample_part(before, "histograms");
  base_slice here = server_sample_part(now, "histograms");
  if (then.size > 0) (void)data_map_find(then, name, &earlier);
  if (here.size > 0) (void)data_map_find(here, name, &later);
  return server_sample_spread(now, earlier.raw, later.raw, server_sample_seconds(before, now));
}

/* --- the head ----------------------------------------------------------------------------------- */

static void print_state(const server_sample *now, base_slice ready) {
  int64_t minutes = server_sample_value(now, "api_uptime_ms") / 60000;
  base_slice state = data_map_text(ready, "state");
  base_slice space = data_map_text(ready, "space");
  (void)printf("haoke %.*s%s, space=%.*s, up %" PRId64 ":%02" PRId64 " h   connections %" PRId64
               " (%" PRId64 " not logged in), requests %" PRId64 "\n",
               BASE_SLICE_ARGS(state),
               data_map_boolean(ready, "paused", false) ? ", timers paused" : "",
               BASE_SLICE_ARGS(space), minutes / 60, minutes % 60,
               server_sample_value(now, "rpc_connections_open"),
               server_sample_value(now, "rpc_strangers_open"),
               server_sample_value(now, "rpc_requests_open"));
}

static void print_work(const server_sample *before, const server_sample *now) {
  server_spread commits = spread_of(before, now, "api_commit_us");
  server_spread groups = spread_of(before, now, "api_group_entries");
  server_spread turns = spread_of(before, now, "io_turn_us");
  char median[32];
  char most[32];
  char turn[32];
  format_us(commits.median, median);
  format_us(commits.most, most);
  format_us(turns.most, turn);
  (void)printf(
      "requests/s %.1f, errors/s %.1f   commits/s %.1f of %.1f entries, p50 %s, p99 %s"
      "   loop p99 %s\n",
      rate(before, now, "api_requests_total"), rate(before, now, "api_errors_total"), commits.rate,
      groups.mean, median, most, turn);
}

static void print_store(const server_sample *before, const server_sample *now) {
  char tail[32];
  char disk[32];
  server_spread late = spread_of(before, now, "api_timer_late_ms");
  format_bytes(server_sample_value(now, "store_tail_bytes"), tail);
  format_bytes(server_sample_value(now, "store_disk_free_bytes"), disk);
  (void)printf("tail %s, %" PRId64 " entries   oldest view %" PRId64
               " ms   disk free %s"
               "   timers/s %.1f, failed/s %.1f, late p99 %.0f ms, lag %" PRId64 " ms\n",
               tail, server_sample_value(now, "store_tail_entries"),
               server_sample_value(now, "store_view_oldest_ms"), disk,
               rate(before, now, "api_timers_fired_total"),
               rate(before, now, "api_timers_failed_total"), late.most,
               server_sample_value(now, "api_timer_lag_ms"));
}

static void print_lanes(const server_sample *now) {
  base_slice lanes = server_sample_part(now, "lanes");
  (void)printf("waiting");
  if (lanes.size > 0) {
    data_walk walk = data_walk_begin(lanes);
    while (data_walk_next(&walk)) {
      (void)printf("  %.*s %" PRId64, BASE_SLICE_ARGS(walk.key.as.bytes), walk.value.as.integer);
    }
  }
  (void)printf("\n\n");
}

/* --- the ops ------------------------------------------------------------------------------------ */

/* Those that took most of the time first; of equals the one whose name comes first. */
static int by_time(const void *a, const void *b) {
  const shown_op *first = a;
  const shown_op *second = b;
  double one = first->spread.rate * first->spread.mean;
  double other = second->spread.rate * second->spread.mean;
  if (one != other) return one < other ? 1 : -1;
  size_t size = first->name.size < second->name.size ? first->name.size : second->name.size;
  int order = memcmp(first->name.data, second->name.data, size);
  return order != 0
             ? order
             : (first->name.size > second->name.size) - (first->name.size < second->name.size);
}

static size_t gather_ops(const server_sample *before, const server_sample *now, shown_op *ops,
                         size_t most) {
  double seconds = server_sample_seconds(before, now);
  base_slice list = server_sample_part(now, "ops");
  size_t count = 0;
  if (list.size == 0) return 0;
  data_walk walk = data_walk_begin(list);
  while (count < most && data_walk_next(&walk)) {
    base_slice name = data_map_text(walk.value.raw, "op");
    base_slice then = server_sample_op(before, name);
    shown_op op = {.name = name,
                   .spread = server_sample_spread(now, then, walk.value.raw, seconds)};
    int64_t errors = data_map_integer(walk.value.raw, "errors", 0);
    if (then.size > 0) errors -= data_map_integer(then, "errors", 0);
    if (seconds > 0) op.errors = (double)errors / seconds;
    if (op.spread.rate > 0) ops[count++] = op;
  }
  return count;
}

static void print_cell(const char *text) {
  server_table_cell(stdout, base_slice_text(text), CELL_WIDTH);
}

static void print_op(const shown_op *op) {
  char text[32];
  server_table_cell(stdout, op->name, NAME_WIDTH);
  (void)snprintf(text, sizeof text, "%.1f", op->spread.rate);
  print_cell(text);
  (void)snprintf(text, sizeof text, "%.1f", op->errors);
  print_cell(text);
  format_us(op->spread.median, text);
  print_cell(text);
  format_us(op->spread.most, text);
  (void)printf("%s\n", text);
}

static void print_ops(const server_sample *before, const server_sample *now) {
  static const char *const heads[] = {"calls/s", "errors/s", "p50"};
  base_slice list = server_sample_part(now, "ops");
  size_t most = list.size == 0 ? 0 : data_peek(list).as.count;
  shown_op *ops = base_alloc(most * sizeof *ops);
  size_t count = gather_ops(before, now, ops, most);
  qsort(ops, count, sizeof *ops, by_time);
  server_table_cell(stdout, base_slice_text("op"), NAME_WIDTH);
  for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) print_cell(heads[i]);
  (void)printf("p99\n");
  for (size_t i = 0; i < count && i < OPS_SHOWN; i++) print_op(&ops[i]);
  free(ops);
}

/* --- looking ------------------------------------------------------------------------------------ */

static base_code look(rpc_client *client, const server_sample *before, server_sample *now,
                      base_error *error) {
  base_slice result;
  base_buffer ready = {0};
  BASE_TRY(rpc_client_call(client, "server.ready", (base_slice){0}, &result, error));
  base_buffer_append(&ready, result.data, result.size);
  base_code code = rpc_client_call(client, "server.metrics", (base_slice){0}, &result, error);
  if (code == BASE_OK) {
    base_buffer_append(&now->result, result.data, result.size);
    if (isatty(STDOUT_FILENO)) (void)printf(CLEAR);
    print_state(now, base_buffer_slice(&ready));
    print_work(before, now);
    print_store(before, now);
    print_lanes(now);
    print_ops(before, now);
    (void)fflush(stdout);
  }
  base_buffer_fini(&ready);
  return code;
}

static base_code watch(rpc_client *client, unsigned seconds, bool once, base_error *error) {
  server_sample before = {0};
  base_code code = BASE_OK;
  while (code == BASE_OK) {
    server_sample now = {0};
    code = look(client, &before, &now, error);
    server_sample_fini(&before);
    before = now;
    if (once || ferror(stdout) != 0) break;
    const struct timespec pause = {.tv_sec = seconds};
    if (code == BASE_OK) (void)nanosleep(&pause, NULL);
    if (code == BASE_OK && !isatty(STDOUT_FILENO)) (void)printf("\n");
  }
  server_sample_fini(&before);
  return code;
}

static base_code read_interval(const server_options *options, unsigned *seconds,
                               base_error *error) {
  const char *text = server_options_get(options, "interval");
  char *end = NULL;
  unsigned long given = text == NULL ? 2 : strtoul(text, &end, 10);
  bool wrong = text != NULL && (end == text || *end != '\0');
  *seconds = (unsigned)given;
  if (!wrong && given >= 1 && given <= INTERVAL_MOST) return BASE_OK;
  return base_error_set(error, BASE_INVALID_ARGUMENT, "interval",
                        "--interval 是 1 到 %d 的秒数，不是“%s”",
                        "--interval takes seconds from 1 to %d, not “%s”", INTERVAL_MOST, text);
}

static int top(const server_options *options) {
  base_error error = server_message_error();
  rpc_client *client = NULL;
  unsigned seconds = 0;
  base_code code = read_interval(options, &seconds, &error);
  if (code == BASE_OK) code = server_connection_open(options, &client, &error);
  if (code == BASE_OK) {
    code = watch(client, seconds, server_options_get(options, "once") != NULL, &error);
    rpc_client_close(client);
  }
  return code == BASE_OK ? 0 : server_message_fail(&error);
}

static const server_option options_table[] = {
    SERVER_CONNECTION_OPTIONS,
    {"interval", "SECONDS", "多久看一次，缺省 2 秒", "how often to look; default 2"},
    {"once", NULL, "只看一次：启动以来的平均", "look once: the averages since the server started"},
    {0}};

const server_command server_command_top = {
    .name = "top",
    .usage = "[--data DIR | --connect HOST:PORT --user NAME] [--interval SECONDS] [--once]",
    .zh = "看运行中的服务器在做什么",
    .en = "watch what a running server does",
    .about_zh =
        "每隔几秒显示一次：每秒请求数与错误数、提交、循环、内存里的尾部、定时任务、各队列，以及最费"
        "\n"
        "时间的操作。第一屏与 --once 是启动以来的平均，之后是两次之间的。Ctrl-C 结束。\n"
        "数据：只读计数（server.metrics），需要管理员。",
    .about_en =
        "Shows every few seconds: requests and errors, commits, the loop, the tail, timers, what\n"
        "waits for each lane, and the ops that take most of the time. The first screen, and "
        "--once,\n"
        "are averages since the server started, later ones of the time between two looks. Ctrl-C\n"
        "ends it.\n"
        "Data: reads counters only (server.metrics); administrators only.",
    .options = options_table,
    .run = top};
