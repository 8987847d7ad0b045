/* restore: a data directory out of a backup, as it was at some point. It is made beside its name,
 * verified, and takes the name then; what had the name before is kept under another.
 *
 * Memory:  one arena.  Threads: main.
 * Fails:   exit status 1 with “CODE: text”; then the directory is what it was. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/command.h"
#include "server/configuration.h"
#include "server/instants.h"
#include "server/message.h"

typedef struct restoring {
  const server_options *options;
  base_error *error;
  base_arena *arena;
  const char *from;
  const char *data;
  const char *unfinished;
  const char *kept; /* what the old directory is called then; NULL: there is none */
  const char **journals;
  store_point until;
  store_info info;
} restoring;

static base_code refuse(const restoring *self, const char *path, int status) {
  return base_error_set(self->error, BASE_INVALID_ARGUMENT, NULL, "无法使用 %s：%s",
                        "cannot use %s: %s", path, strerror(status));
}

/* --- what is asked for --------------------------------------------------------------------------- */

static base_code read_sequence(restoring *self, const char *text) {
  char *end = NULL;
  errno = 0;
  self->until.sequence = strtoull(text, &end, 10);
  bool valid = text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
  if (valid && self->until.sequence > 0) return BASE_OK;
  return base_error_set(self->error, BASE_INVALID_ARGUMENT, "sequence",
                        "--sequence 后面是日志条目的序号，从 1 开始",
                        "--sequence takes the sequence of a journal entry, from 1");
}

static base_code read_instant(restoring *self, const char *text) {
  server_configuration configuration;
  BASE_TRY(server_configuration_load(server_options_get(self->options, "config"), self->arena,
                                     &configuration, self->error));
  return server_instant_parse(configuration.zone, text, "at", &self->until.at, self->error);
}

static base_code read_until(restoring *self) {
  const char *sequence = server_options_get(self->options, "sequence");
  const char *at = server_options_get(self->options, "at");
  self->until = (store_point){.at = INT64_MAX};
  if (sequence != NULL && at != NULL) {
    return base_error_set(self->error, BASE_INVALID_ARGUMENT, NULL, "--sequence 和 --at 只能给一个",
                          "give one of --sequence and --at");
  }
  if (sequence != NULL) return read_sequence(self, sequence);
  return at != NULL ? read_instant(self, at) : BASE_OK;
}

/* "a,b" as an array that ends with NULL. */
static void read_journals(restoring *self) {
  const char *list = server_options_get(self->options, "journal");
  size_t count = 0;
  if (list == NULL) return;
  self->journals = BASE_NEW_ARRAY(self->arena, const char *, strlen(list) + 2);
  for (const char *at = list; *at != '\0';) {
    size_t size = strcspn(at, ",");
    if (size > 0) {
      self->journals[count++] = base_arena_text(self->arena, base_slice_make(at, size));
    }
    at += at[size] == ',' ? size + 1 : size;
  }
}

/* --- the name ------------------------------------------------------------------------------------ */

static base_code look_at_data(restoring *self) {
  struct stat state;
  base_slice data = base_slice_text(server_options_data(self->options));
  while (data.size > 1 && data.data[data.size - 1] == '/') data.size--;
  self->data = base_arena_text(self->arena, data);
  self->unfinished = base_arena_format(self->arena, "%s.part", self->data);
  if (lstat(self->unfinished, &state) == 0) {
    return base_error_set(self->error, BASE_INVALID_ARGUMENT, "data",
                          "%s 是一次没有完成的恢复留下的；请确认后自行删除，再重试",
                          "%s was left by a restore that did not end; look at it, remove it, then "
                          "repeat",
                          self->unfinished);
  }
  if (lstat(self->data, &state) != 0) return BASE_OK;
  if (server_options_get(self->options, "replace") == NULL) {
    return base_error_set(self->error, BASE_INVALID_ARGUMENT, "data",
                          "%s 已经存在；请换一个目录，或加上 --replace（旧目录改名保留，不会删除）",
                          "%s exists already; name another directory, or add --replace (the old "
                          "one is kept under another name)",
                          self->data);
  }
  for (unsigned number = 1;; number++) {
    self->kept = base_arena_format(self->arena, "%s.replaced-%u", self->data, number);
    if (lstat(self->kept, &state) != 0) return BASE_OK;
  }
}

static int sync_parent(const restoring *self) {
  int parent =
      open(base_arena_format(self->arena, "%s/..", self->data), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int status = parent < 0 || fsync(parent) != 0 ? errno : 0;
  if (parent >= 0) (void)close(parent);
  return status;
}

/* At no moment is there nothing of that name: a server that starts then would begin anew. Where a file
 * system cannot exchange two names, there is such a moment. */
static int take_its_place(const restoring *self) {
  if (renameat2(AT_FDCWD, self->unfinished, AT_FDCWD, self->data, RENAME_EXCHANGE) == 0) {
    int status = sync_parent(self);
    if (status != 0) return status;
    return rename(self->unfinished, self->kept) == 0 ? 0 : errno;
  }
  if (errno != EINVAL && errno != ENOSYS) return errno;
  if (rename(self->data, self->kept) != 0) return errno;
  if (rename(self->unfinished, self->data) == 0) return 0;
  int status = errno;
  (void)rename(self->kept, self->data);
  return status;
}

static base_code take_name(const restoring *self) {
  int status = 0;
  if (self->kept != NULL) {
    status = take_its_place(self);
  } else if (rename(self->unfinished, self->data) != 0) {
    status = errno;
  }
  if (status == 0) status = sync_parent(self);
  return status == 0 ? BASE_OK : refuse(self, self->data, status);
}

/* --- what people read ---------------------------------------------------------------------------- */

static void announce(const restoring *self) {
  server_message_write(stderr, "从备份 %s 恢复到 %s；备份本身不改动",
                       "restoring the backup %s to %s; the backup is not changed", self->from,
                       self->data);
  if (self->kept != NULL) {
    server_message_write(stderr, "%s 中现有的数据改名为 %s，不会删除",
                         "what is in %s now is renamed to %s and not deleted", self->data,
                         self->kept);
  }
}

static void show_finding(const char *finding, void *self) {
  (void)self;
  (void)fprintf(stderr, "%s\n", finding);
}

static void print(const restoring *self, const api_verification *verification) {
  char at[SERVER_INSTANT_MAX];
  server_instant_format(self->info.at, at);
  server_message_write(
      stdout, "已恢复 %s：到第 %" PRIu64 " 条（%s），纪元 %" PRIu64 "，记录 %lld 条，已校验",
      "restored %s: up to entry %" PRIu64 " (%s), epoch %" PRIu64 ", %lld records, verified",
      self->data, self->info.sequence, at, self->info.epoch,
      (long long)verification->records.records);
  if (self->journals == NULL) {
    server_message_write(stdout,
                         "在这份备份之后用 person.erase 抹除的人又回来了：请用 --journal "
                         "给出之后的日志重新恢复，或启动后再次抹除",
                         "whoever was erased by person.erase after this backup is there again: "
                         "restore with --journal "
                         "and the journal since, or erase them again after the start");
  }
  server_message_write(
      stdout,
      "下次启动后定时任务暂停，各类编号跳过一段；确认无误后执行 haoke call server.resume 继续",
      "after the next start timers are paused and numbers are skipped ahead; when all is as it "
      "should be, haoke call server.resume lets it go on");
}

/* --- the whole ----------------------------------------------------------------------------------- */

static base_code make(restoring *self, api_verification *verification) {
  store_restore_options options = {.from = self->from,
                                   .journals = (const char *const *)self->journals,
                                   .replaces = self->kept == NULL ? NULL : self->data,
                                   .to = self->unfinished,
                                   .until = self->until};
  BASE_TRY(store_restore(&options, &self->info, self->error));
  verification->directory = self->unfinished;
  verification->found = show_finding;
  base_code code = api_verification_run(verification, self->error);
  if (code == BASE_OK) return take_name(self);
  server_message_write(stderr, "恢复出的数据没有通过核对，保留在 %s；%s 没有改动",
                       "what was restored is not sound and stays at %s; %s is as it was",
                       self->unfinished, self->data);
  return code;
}

static base_code run(restoring *self) {
  api_verification verification = {0};
  BASE_TRY(read_until(self));
  read_journals(self);
  BASE_TRY(look_at_data(self));
  announce(self);
  BASE_TRY(make(self, &verification));
  print(self, &verification);
  return BASE_OK;
}

static int restore(const server_options *options) {
  base_error error = server_message_error();
  restoring self = {
      .options = options, .from = options->words[0], .error = &error, .arena = base_arena_new()};
  base_code code = run(&self);
  base_arena_free(self.arena);
  data_zone_fini();
  return code == BASE_OK ? 0 : server_message_fail(&error);
}

static const server_option options_table[] = {
    {"data", "DIR", "恢复到这个目录；缺省 HAOKE_DATA，否则 ./data",
     "the directory that is made; default HAOKE_DATA, else ./data"},
    {"sequence", "N", "到第 N 条日志为止", "up to journal entry N"},
    {"at", "INSTANT", "到这一刻为止，含这一刻", "up to this instant, which is included"},
    {"journal", "DIR,…", "备份之后的日志：数据目录、journal 目录或归档目录",
     "where the journal goes on: data directories, journals, archives"},
    {"replace", NULL, "DIR 已存在时把它改名为 DIR.replaced-N",
     "rename a DIR that exists to "
     "DIR.replaced-N"},
    {"config", "FILE", "其中的 business.timezone 用来理解 --at",
     "whose business.timezone --at is read in"},
    {0}};

const server_command server_command_restore = {
    .name = "restore",
    .usage = "BACKUP [--data DIR] [--sequence N | --at INSTANT] [--journal DIR,…] [--replace]",
    .zh = "从备份恢复",
    .en = "restore a backup",
    .about_zh =
        "由备份（或停着的数据目录）BACKUP 建立数据目录 DIR：缺省到备份的最后一条，也可以到任一条\n"
        "日志或任一时刻；--journal 给出备份之后的日志时能走得更远。校验之后才给它 DIR 这个名字。\n"
        "数据：不改动 BACKUP；已存在的 DIR 会被拒绝，加 --replace 则改名保留，不删除任何东西。\n"
        "恢复后的第一次启动：纪元升高（旧的订阅位置失效），各类编号跳过 restore.skip_ids 个，定时\n"
        "任务暂停，直到 haoke call server.resume。",
    .about_en =
        "Makes the data directory DIR out of BACKUP (or of a data directory that no server has\n"
        "open): as it was at the end, or at any journal entry or instant; further than the backup\n"
        "goes when --journal says where the journal goes on. DIR gets its name only after it was\n"
        "verified.\n"
        "Data: BACKUP is not changed; a DIR that exists is refused, and with --replace renamed:\n"
        "nothing is deleted. At the first start afterwards the epoch is higher (positions of\n"
        "subscribers expire), numbers are skipped ahead by restore.skip_ids, and timers are "
        "paused\n"
        "until haoke call server.resume.",
    .options = options_table,
    .least_words = 1,
    .most_words = 1,
    .run = restore};
