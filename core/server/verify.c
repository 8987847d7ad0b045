/* verify: every record against its indexes, the journal against its chain, with no server running.
 *
 * The types are taken from the store itself, so that neither packages nor configuration are needed.
 *
 * Memory:  one arena, and a second that model_check empties after each record.
 * Threads: main.
 * Fails:   exit status 1 with the findings on standard error; UNAVAILABLE while a server runs. */
#include <inttypes.h>
#include <unistd.h>

#include "api/api.h"
#include "server/command.h"
#include "server/message.h"

#define FINDINGS_SHOWN 100
#define PROGRESS_EVERY 10000 /* journal entries */

typedef struct verification {
  store *store;
  store_view *view;
  model_schema *schema;
  crm_ctx ctx;
  int64_t shown;
} verification;

/* --- the checks ----------------------------------------------------------------------------------
 */

static void show_finding(const char *finding, void *self) {
  verification *v = self;
  if (v->shown++ < FINDINGS_SHOWN) (void)fprintf(stderr, "%s\n", finding);
}

static void show_progress(uint64_t sequence, void *self) {
  const uint64_t *last = self;
  if (sequence % PROGRESS_EVERY != 0 || isatty(STDERR_FILENO) == 0) return;
  (void)fprintf(stderr, "\r%" PRIu64 " / %" PRIu64, sequence, *last);
  if (sequence + PROGRESS_EVERY > *last) (void)fputc('\n', stderr);
}

static base_code check_records(verification *v, base_error *error) {
  model_check_report report;
  v->ctx.error = error;
  BASE_TRY(model_schema_stored(&v->ctx, &v->schema));
  v->ctx.schema = v->schema;
  BASE_TRY(model_check(&v->ctx, show_finding, v, &report));
  server_message_write(
      stdout,
      "记录 %lld 条、索引行 %lld、唯一键 %lld、搜索行 %lld、定时任务 %lld、关联 %lld、合并 "
      "%lld：没有不一致",
      "%lld records, %lld index rows, %lld unique rows, %lld text rows, %lld timers, %lld links, "
      "%lld merges: nothing found",
      (long long)report.records, (long long)report.index_rows, (long long)report.unique_rows,
      (long long)report.text_rows, (long long)report.timers, (long long)report.links / 2,
      (long long)report.aliases);
  return BASE_OK;
}

static base_code check_journal(verification *v, base_error *error) {
  uint64_t last = store_info_get(v->store).sequence;
  if (last > 0) {
    BASE_TRY(store_chain_verify(v->view, 1, last, show_progress, &last, error));
  }
  server_message_write(stdout, "日志 1 到 %llu：链条完整",
                       "journal entries 1 to %llu: chain intact", (unsigned long long)last);
  return BASE_OK;
}

static base_code check(verification *v, const char *directory, base_error *error) {
  store_options options = {.directory = directory, .existing = true};
  BASE_TRY(store_open(&options, &v->store, error));
  BASE_TRY(store_view_open(v->store, &v->view, error));
  v->ctx.set = store_change_set_new(v->view, v->ctx.arena);
  base_code records = check_records(v, error);
  if (records == BASE_OK) return check_journal(v, error);
  base_error second = server_message_error();
  if (check_journal(v, &second) != BASE_OK) (void)server_message_fail(&second);
  return records;
}

static int verify(const server_options *options) {
  base_error error = server_message_error();
  const char *directory =
      options->word_count > 0 ? options->words[0] : server_options_data(options);
  verification v = {.ctx = {.arena = base_arena_new(), .error = &error}};
  base_code code = check(&v, directory, &error);
  if (v.schema != NULL) model_schema_free(v.schema);
  if (v.view != NULL) store_view_close(v.view);
  if (v.store != NULL) store_close(v.store);
  base_arena_free(v.ctx.arena);
  return code == BASE_OK ? 0 : server_message_fail(&error);
}

static const server_option options_table[] = {{0}};

const server_command server_command_verify = {
    .name = "verify",
    .usage = "[DIR]",
    .zh = "离线核对一个数据目录",
    .en = "check a data directory offline",
    .about_zh =
        "逐条核对记录与索引，重算日志的哈希链。没有问题以 0 退出，否则以 1 退出并列出问题。\n"
        "DIR 缺省 HAOKE_DATA，否则 ./data。服务器正在使用的目录会被拒绝。\n"
        "数据：只读记录和日志，什么也不改。",
    .about_en =
        "Checks every record against its indexes and recomputes the journal's hash chain.\n"
        "Exits with 0 when all is well, else with 1 and the findings. DIR is HAOKE_DATA, else\n"
        "./data, when it is not given; one that a server has open is refused.\n"
        "Data: reads records and journal, changes nothing.",
    .options = options_table,
    .most_words = 1,
    .run = verify};
