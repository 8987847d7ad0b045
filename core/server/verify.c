/* verify: every record against its indexes, the journal against its chain, with no server running.
 *
 * Memory:  none.
 * Threads: main.
 * Fails:   exit status 1 with the findings on standard error; UNAVAILABLE while a server runs. */
#include <inttypes.h>
#include <unistd.h>

#include "api/api.h"
#include "server/command.h"
#include "server/message.h"

#define FINDINGS_SHOWN 100
#define PROGRESS_EVERY 10000 /* journal entries */

static void show_finding(const char *finding, void *self) {
  int64_t *shown = self;
  if ((*shown)++ < FINDINGS_SHOWN) (void)fprintf(stderr, "%s\n", finding);
}

static void show_progress(uint64_t sequence, uint64_t last, void *self) {
  (void)self;
  if (sequence % PROGRESS_EVERY != 0 || isatty(STDERR_FILENO) == 0) return;
  (void)fprintf(stderr, "\r%" PRIu64 " / %" PRIu64, sequence, last);
  if (sequence + PROGRESS_EVERY > last) (void)fputc('\n', stderr);
}

static void show(const api_verification *done) {
  const model_check_report *report = &done->records;
  server_message_write(
      stdout,
      "记录 %lld 条、索引行 %lld、唯一键 %lld、搜索行 %lld、定时任务 %lld、关联 %lld、合并 "
      "%lld：没有不一致",
      "%lld records, %lld index rows, %lld unique rows, %lld text rows, %lld timers, %lld links, "
      "%lld merges: nothing found",
      (long long)report->records, (long long)report->index_rows, (long long)report->unique_rows,
      (long long)report->text_rows, (long long)report->timers, (long long)report->links / 2,
      (long long)report->aliases);
  server_message_write(
      stdout, "日志 %llu 到 %llu：链条完整", "journal entries %llu to %llu: chain intact",
      (unsigned long long)done->store.first, (unsigned long long)done->store.sequence);
}

static int verify(const server_options *options) {
  int64_t shown = 0;
  base_error error = server_message_error();
  api_verification verification = {
      .directory = options->word_count > 0 ? options->words[0] : server_options_data(options),
      .found = show_finding,
      .progress = show_progress,
      .self = &shown};
  if (api_verification_run(&verification, &error) != BASE_OK) return server_message_fail(&error);
  show(&verification);
  return 0;
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
