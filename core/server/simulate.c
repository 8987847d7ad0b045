/* simulate: what would happen until a date, as a running server foresees it; where none runs, this process.
 *
 * Memory:  one page of the result at a time.  Threads: main.
 * Fails:   exit status 1 with “CODE: text”, also when the job fails or is cancelled. */
#include <stdlib.h>
#include <time.h>

#include "server/command.h"
#include "server/connection.h"
#include "server/json.h"
#include "server/message.h"
#include "server/progress.h"
#include "server/simulate_offline.h"
#include "server/table.h"

#define PAGE_ITEMS 1000
#define POLL_NS 200000000
#define TIME_WIDTH 27
#define OP_WIDTH 12

typedef struct simulating {
  const server_options *options;
  base_error *error;
  const data_zone *zone; /* in which the business reads its clocks */
  rpc_client *client;
  int64_t job;
  int64_t next; /* where the next page begins; -1: there is none */
  int64_t count;
  bool complete;
} simulating;

/* --- the job ------------------------------------------------------------------------------------- */

static base_code begin(simulating *s) {
  const char *until = server_options_get(s->options, "until");
  base_buffer params = {0};
  base_slice job = {0};
  if (until == NULL) {
    return base_error_set(s->error, BASE_INVALID_ARGUMENT, "until", "请用 --until 说明到哪一天",
                          "say with --until how far to go");
  }
  data_append_map(&params, 1);
  data_append_pair_text(&params, "until", until);
  base_code code =
      rpc_client_call(s->client, "workflow.simulate", base_buffer_slice(&params), &job, s->error);
  base_buffer_fini(&params);
  s->job = data_map_integer(job, "id", 0);
  return code;
}

static base_code get(simulating *s, base_slice *job) {
  base_buffer params = {0};
  data_append_map(&params, 3);
  data_append_pair_integer(&params, "id", s->job);
  data_append_pair_integer(&params, "after", s->next);
  data_append_pair_integer(&params, "limit", PAGE_ITEMS);
  base_code code = rpc_client_call(s->client, "job.get", base_buffer_slice(&params), job, s->error);
  base_buffer_fini(&params);
  return code;
}

static bool is_open(base_slice job) {
  base_slice state = data_map_text(job, "state");
  return base_slice_is(state, "queued") || base_slice_is(state, "running");
}

static base_code refuse(simulating *s, base_slice job) {
  data_value error = {0};
  (void)data_map_find(job, "error", &error);
  base_slice text = data_map_text(error.raw, "message");
  base_code code = base_code_find(data_map_text(error.raw, "code"));
  if (text.size == 0) text = data_map_text(job, "state");
  return base_error_set(s->error, code == BASE_OK ? BASE_UNAVAILABLE : code, NULL, "%.*s", "%.*s",
                        BASE_SLICE_ARGS(text));
}

/* Until the job has ended; leaves it, with the first page of its result. */
static base_code wait(simulating *s, base_slice *job) {
  const struct timespec pause = {.tv_nsec = POLL_NS};
  server_progress progress;
  server_progress_begin(&progress);
  base_code code = get(s, job);
  while (code == BASE_OK && is_open(*job)) {
    data_value at = {0};
    (void)data_map_find(*job, "progress", &at);
    server_progress_show(&progress, data_map_integer(at.raw, "done", 0),
                         data_map_integer(at.raw, "done", 0), data_map_integer(at.raw, "total", 0));
    (void)nanosleep(&pause, NULL);
    code = get(s, job);
  }
  server_progress_end(&progress);
  if (code != BASE_OK) return code;
  return base_slice_is(data_map_text(*job, "state"), "done") ? BASE_OK : refuse(s, *job);
}

/* --- items --------------------------------------------------------------------------------------- */

static void print_line(const simulating *s, base_slice item) {
  char at[DATA_INSTANT_SIZE];
  data_value changes = {0};
  data_value after = {0};
  base_buffer text = {0};
  data_instant_format(s->zone, data_map_integer(item, "at", 0), at);
  server_table_cell(stdout, base_slice_text(at), TIME_WIDTH);
  server_table_cell(stdout, data_map_text(item, "op"), OP_WIDTH);
  (void)printf("%.*s %lld", BASE_SLICE_ARGS(data_map_text(item, "type")),
               (long long)data_map_integer(item, "id", 0));
  (void)data_map_find(item, "changes", &changes);
  (void)data_map_find(changes.raw, "after", &after);
  data_walk walk = data_walk_begin(after.raw);
  while (after.type == DATA_MAP && data_walk_next(&walk)) {
    /* What only the server reads, and what takes more than a line. */
    if (walk.value.type == DATA_MAP || walk.value.type == DATA_ARRAY) continue;
    base_buffer_clear(&text);
    server_json_append(walk.value, &text);
    (void)printf("  %.*s=%.*s", BASE_SLICE_ARGS(walk.key.as.bytes),
                 BASE_SLICE_ARGS(base_buffer_slice(&text)));
  }
  (void)putchar('\n');
  base_buffer_fini(&text);
}

static void print_item(const simulating *s, data_value item) {
  base_buffer text = {0};
  if (server_options_get(s->options, "json") == NULL) {
    print_line(s, item.raw);
    return;
  }
  server_json_append(item, &text);
  (void)printf("%.*s\n", BASE_SLICE_ARGS(base_buffer_slice(&text)));
  base_buffer_fini(&text);
}

static void take_page(simulating *s, base_slice job) {
  data_value result = {0};
  data_value items = {0};
  (void)data_map_find(job, "result", &result);
  (void)data_map_find(result.raw, "items", &items);
  data_walk walk = data_walk_begin(items.raw);
  while (data_walk_next(&walk)) print_item(s, walk.value);
  s->next = data_map_integer(result.raw, "next", -1);
  s->count = data_map_integer(result.raw, "count", 0);
  s->complete = data_map_boolean(result.raw, "complete", true);
}

static base_code find_zone(simulating *s) {
  base_buffer params = {0};
  base_slice clock;
  data_append_map(&params, 0);
  base_code code =
      rpc_client_call(s->client, "clock.get", base_buffer_slice(&params), &clock, s->error);
  base_buffer_fini(&params);
  BASE_TRY(code);
  return data_zone_find(data_map_text(clock, "timezone"), &s->zone, s->error);
}

static base_code ask_server(simulating *s) {
  base_slice job;
  BASE_TRY(server_connection_open(s->options, &s->client, s->error));
  BASE_TRY(find_zone(s));
  BASE_TRY(begin(s));
  BASE_TRY(wait(s, &job));
  take_page(s, job);
  while (s->next >= 0) {
    BASE_TRY(get(s, &job));
    take_page(s, job);
  }
  return BASE_OK;
}

/* --- by this process ----------------------------------------------------------------------------- */

static base_code print_items(void *self, int64_t from, size_t count, base_slice items,
                             base_error *error) {
  (void)from, (void)error;
  for (size_t i = 0; i < count; i++) {
    data_value item = data_peek(items);
    print_item(self, item);
    items = base_slice_after(items, item.raw.size);
  }
  return BASE_OK;
}

/* Who has the directory open tells. */
static base_code run(simulating *s) {
  bool served = false;
  api_foresight foresight = {.keep = print_items, .self = s};
  if (server_options_get(s->options, "connect") != NULL) return ask_server(s);
  base_code code = server_simulate_offline(s->options, &foresight, &s->zone, &served, s->error);
  if (served) {
    base_error_clear(s->error);
    return ask_server(s);
  }
  s->count = foresight.items;
  s->complete = !foresight.over;
  return code;
}

static void print_sum(const simulating *s) {
  server_message_write(stderr, "%lld 处变化%s", "%lld changes%s", (long long)s->count,
                       s->complete ? ""
                                   : server_message_choose("，之后还有（simulate.items）",
                                                           ", and more (simulate.items)"));
}

static int simulate(const server_options *options) {
  base_error error = server_message_error();
  simulating s = {.options = options, .error = &error};
  base_code code = run(&s);
  if (code == BASE_OK) print_sum(&s);
  rpc_client_close(s.client);
  data_zone_fini();
  return code == BASE_OK ? 0 : server_message_fail(&error);
}

static const server_option options_table[] = {
    SERVER_CONNECTION_OPTIONS,
    {"until", "DATE", "推演到这一天的 00:00，或某一时刻（RFC 3339）",
     "up to 00:00 of this day, or to an instant (RFC 3339)"},
    SERVER_SIMULATE_OPTIONS,
    {"json", NULL, "每处变化一个 JSON 对象", "a JSON object for each change"},
    {0}};

const server_command server_command_simulate = {
    .name = "simulate",
    .usage = "--until DATE [--data DIR | --connect HOST:PORT --user NAME] [--json]",
    .zh = "推演将来会发生什么",
    .en = "tell what would happen until a date",
    .about_zh =
        "如果没有人再做什么，到那时会触发哪些定时器、写入什么，按先后列出。\n"
        "服务器在运行时由它推演，需要管理员；没有服务器打开 DIR 时由本程序推演，DIR "
        "也可以是备份。\n"
        "数据：在副本上推演，什么也不改；服务器里只留下一条任务记录。本程序的副本放在 TMPDIR，\n"
        "结束时删除。",
    .about_en =
        "Lists in order which timers would fire until then and what they would write, if nobody "
        "did\n"
        "anything. A running server does it, for administrators; when no server has DIR open, "
        "this\n"
        "command does, and DIR may be a backup.\n"
        "Data: it happens on a copy, nothing is changed; of a server's, the job's own record is "
        "all\n"
        "that stays. This command's copy lies in TMPDIR and is removed at the end.",
    .options = options_table,
    .run = simulate};
