/* backup: a verified copy of a data directory: by the server that has it open, else by this process.
 *
 * Memory:  one arena.  Threads: main.
 * Fails:   exit status 1 with “CODE: text”; then nothing is left at PATH. */
#include <inttypes.h>
#include <time.h>

#include "server/command.h"
#include "server/connection.h"
#include "server/instants.h"
#include "server/message.h"

#define ASK_EVERY_NS 100000000L
#define STEP_NAMES 3

typedef struct backing {
  const server_options *options;
  const char *path;
  base_error *error;
  base_arena *arena;
  rpc_client *client;
  int64_t told; /* steps of the job that were told */
} backing;

/* --- what people read ---------------------------------------------------------------------------- */

static void tell_steps(backing *self, int64_t done) {
  static const char *const zh[STEP_NAMES] = {"正在复制 …", "正在校验 …", "正在改名 …"};
  static const char *const en[STEP_NAMES] = {"copying …", "verifying …", "naming …"};
  for (; self->told <= done && self->told < STEP_NAMES; self->told++) {
    server_message_write(stderr, "%s", "%s", server_message_choose(zh[self->told], en[self->told]));
  }
}

static void print(base_slice result) {
  char at[SERVER_INSTANT_MAX];
  server_instant_format(data_map_integer(result, "at", 0), at);
  server_message_write(stdout,
                       "备份 %.*s：到第 %lld 条（%s），纪元 %lld，记录 %lld 条，%lld 字节，已校验",
                       "backup %.*s: up to entry %lld (%s), epoch %lld, %lld records, %lld bytes, "
                       "verified",
                       BASE_SLICE_ARGS(data_map_text(result, "path")),
                       (long long)data_map_integer(result, "sequence", 0), at,
                       (long long)data_map_integer(result, "epoch", 0),
                       (long long)data_map_integer(result, "records", 0),
                       (long long)data_map_integer(result, "bytes", 0));
}

/* --- by the server ------------------------------------------------------------------------------- */

static base_code call(backing *self, const char *op, base_buffer *params, base_slice *job) {
  base_slice result;
  base_code code =
      rpc_client_call(self->client, op, base_buffer_slice(params), &result, self->error);
  if (code == BASE_OK) *job = base_arena_slice(self->arena, result);
  base_buffer_clear(params);
  return code;
}

static bool is_open(base_slice job) {
  base_slice state = data_map_text(job, "state");
  return base_slice_is(state, "queued") || base_slice_is(state, "running");
}

static base_code wait_for_job(backing *self, base_buffer *params, base_slice *job) {
  const struct timespec pause = {.tv_nsec = ASK_EVERY_NS};
  int64_t id = data_map_integer(*job, "id", 0);
  while (is_open(*job)) {
    data_value progress;
    (void)nanosleep(&pause, NULL);
    data_append_map(params, 1);
    data_append_pair_integer(params, "id", id);
    BASE_TRY(call(self, "job.get", params, job));
    (void)data_map_find(*job, "progress", &progress);
    tell_steps(self, data_map_integer(progress.raw, "done", 0));
  }
  return BASE_OK;
}

static base_code take_outcome(const backing *self, base_slice job) {
  data_value value;
  if (base_slice_is(data_map_text(job, "state"), "done") && data_map_find(job, "result", &value)) {
    print(value.raw);
    return BASE_OK;
  }
  if (!data_map_find(job, "error", &value)) {
    return base_error_set(self->error, BASE_UNAVAILABLE, NULL, "备份任务已被取消",
                          "the backup was cancelled");
  }
  base_code code = base_code_find(data_map_text(value.raw, "code"));
  return base_error_set(self->error, code == BASE_OK ? BASE_INTERNAL : code, NULL, "%.*s", "%.*s",
                        BASE_SLICE_ARGS(data_map_text(value.raw, "message")));
}

static base_code ask_server(backing *self) {
  base_buffer params = {0};
  base_slice job = {0};
  BASE_TRY(server_connection_open(self->options, &self->client, self->error));
  data_append_map(&params, 1);
  data_append_pair_text(&params, "path", self->path);
  base_code code = call(self, "backup.run", &params, &job);
  if (code == BASE_OK) tell_steps(self, 0);
  if (code == BASE_OK) code = wait_for_job(self, &params, &job);
  base_buffer_fini(&params);
  return code == BASE_OK ? take_outcome(self, job) : code;
}

/* --- by this process ----------------------------------------------------------------------------- */

static base_code run_steps(backing *self, store *from) {
  api_backup backup = {.path = self->path};
  base_buffer result = {0};
  tell_steps(self, 0);
  BASE_TRY(api_backup_copy(&backup, from, self->error));
  tell_steps(self, 1);
  BASE_TRY(api_backup_verify(&backup, self->error));
  tell_steps(self, 2);
  BASE_TRY(api_backup_name(&backup, self->error));
  api_backup_append(&backup, &result);
  print(base_buffer_slice(&result));
  base_buffer_fini(&result);
  return BASE_OK;
}

/* Who has the directory open makes its backup. */
static base_code run(backing *self) {
  store *from = NULL;
  store_options options = {.directory = server_options_data(self->options), .existing = true};
  if (server_options_get(self->options, "connect") != NULL) return ask_server(self);
  base_code code = store_open(&options, &from, self->error);
  if (code == BASE_UNAVAILABLE) {
    base_error_clear(self->error);
    return ask_server(self);
  }
  BASE_TRY(code);
  code = run_steps(self, from);
  store_close(from);
  return code;
}

static int backup(const server_options *options) {
  base_error error = server_message_error();
  backing self = {
      .options = options, .path = options->words[0], .error = &error, .arena = base_arena_new()};
  base_code code = run(&self);
  rpc_client_close(self.client);
  base_arena_free(self.arena);
  data_zone_fini();
  return code == BASE_OK ? 0 : server_message_fail(&error);
}

static const server_option options_table[] = {SERVER_CONNECTION_OPTIONS, {0}};

const server_command server_command_backup = {
    .name = "backup",
    .usage = "[--data DIR | --connect HOST:PORT --user NAME] PATH",
    .zh = "备份全部数据",
    .en = "back everything up",
    .about_zh =
        "把全部数据和日志复制到新目录 PATH，校验之后才给它这个名字。服务器在运行时由它在后台完成\n"
        "（任务 backup，读写照常）；没有服务器打开数据目录时直接复制。PATH 在服务器所在的机器上：\n"
        "绝对路径，或 backup.directory 之下的相对路径。已存在的 PATH 会被拒绝。\n"
        "数据：只读；恢复用 haoke restore。",
    .about_en =
        "Copies everything, the journal too, into the new directory PATH, which gets that name "
        "only\n"
        "after the copy was verified. A running server does it in the background (a job, backup)\n"
        "while it goes on serving; when no server has the data directory open, this command does\n"
        "it. PATH is on the server's machine: absolute, or below backup.directory. A PATH that\n"
        "exists is refused.\n"
        "Data: reads only; haoke restore brings it back.",
    .options = options_table,
    .least_words = 1,
    .most_words = 1,
    .run = backup};
