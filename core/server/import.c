/* import: a file into a running server, in chunks.
 *
 * Memory:  one chunk of the file at a time.  Threads: main.
 * Fails:   exit status 1 with “CODE: text”, and also when a row was not imported. */
#include <errno.h>
#include <stdlib.h>

#include "server/command.h"
#include "server/connection.h"
#include "server/json.h"
#include "server/message.h"
#include "server/progress.h"

#define CHUNK_BYTES ((size_t)256 * 1024)
#define FAILURES_PAGE 500
#define STATUS_FAILED_ROWS 1

typedef struct importing {
  const server_options *options;
  const char *type; /* NULL: each row says its own */
  const char *path;
  FILE *file;
  int64_t size;
  rpc_client *client;
  base_error *error;
  int64_t id;
  int64_t offset;
  int64_t failed;
  server_progress progress;
} importing;

static bool has_flag(const importing *import, const char *name) {
  return server_options_get(import->options, name) != NULL;
}

/* --- the file ------------------------------------------------------------------------------------ */

static const char *format_of(const importing *import) {
  const char *given = server_options_get(import->options, "format");
  const char *dot = strrchr(import->path, '.');
  if (given != NULL) return given;
  if (dot == NULL) return "csv";
  if (strcmp(dot, ".jsonl") == 0 || strcmp(dot, ".ndjson") == 0) return "jsonl";
  return strcmp(dot, ".msgpack") == 0 || strcmp(dot, ".mp") == 0 ? "msgpack" : "csv";
}

static base_code refuse_file(importing *import) {
  return base_error_set(import->error, BASE_NOT_FOUND, NULL, "读不到文件 %s：%s",
                        "cannot read the file %s: %s", import->path, strerror(errno));
}

static base_code open_file(importing *import) {
  import->file = fopen(import->path, "rbe");
  if (import->file == NULL) return refuse_file(import);
  if (fseek(import->file, 0, SEEK_END) != 0) return refuse_file(import);
  import->size = (int64_t)ftell(import->file);
  return import->size < 0 ? refuse_file(import) : BASE_OK;
}

/* --- calls --------------------------------------------------------------------------------------- */

/* “姓名=name,手机=phone”, nothing behind = leaves a column out; or a JSON object. */
static base_code append_mapping(const char *text, base_buffer *out, base_error *error) {
  if (text[0] == '{') {
    return server_json_read(base_slice_text(text), "mapping", out, error);
  }
  size_t count = 0;
  size_t place = data_append_open_map(out);
  for (const char *at = text; *at != '\0';) {
    size_t size = strcspn(at, ",");
    const char *equals = memchr(at, '=', size);
    if (equals == NULL) {
      return base_error_set(error, BASE_INVALID_ARGUMENT, "mapping",
                            "--mapping 应写成 列=字段,列=字段 或一个 JSON 对象",
                            "--mapping is COLUMN=FIELD,COLUMN=FIELD or one JSON object");
    }
    base_slice field = base_slice_make(equals + 1, size - (size_t)(equals + 1 - at));
    data_append_slice(out, base_slice_make(at, (size_t)(equals - at)));
    if (field.size > 0) {
      data_append_slice(out, field);
    } else {
      data_append_nil(out);
    }
    count++;
    at += at[size] == ',' ? size + 1 : size;
  }
  data_append_close(out, place, count);
  return BASE_OK;
}

static base_code append_start(importing *import, base_buffer *params) {
  const char *mapping = server_options_get(import->options, "mapping");
  const char *encoding = server_options_get(import->options, "encoding");
  data_append_map(params, 4u + (import->type != NULL) + (mapping != NULL) + (encoding != NULL));
  data_append_pair_text(params, "format", format_of(import));
  data_append_pair_boolean(params, "dry_run", has_flag(import, "dry-run"));
  data_append_pair_boolean(params, "keep_ids", has_flag(import, "keep-ids"));
  data_append_pair_integer(params, "size", import->size);
  if (import->type != NULL) data_append_pair_text(params, "type", import->type);
  if (encoding != NULL) data_append_pair_text(params, "encoding", encoding);
  if (mapping == NULL) return BASE_OK;
  data_append_text(params, "mapping");
  return append_mapping(mapping, params, import->error);
}

static base_code start(importing *import) {
  base_buffer params = {0};
  base_slice result = {0};
  base_code code = append_start(import, &params);
  if (code == BASE_OK) {
    code = rpc_client_call(import->client, "import.start", base_buffer_slice(&params), &result,
                           import->error);
  }
  base_buffer_fini(&params);
  if (code == BASE_OK) import->id = data_map_integer(result, "id", 0);
  return code;
}

static base_code ask_status(importing *import, int64_t after, base_slice *status) {
  base_buffer params = {0};
  data_append_map(&params, 4);
  data_append_pair_integer(&params, "id", import->id);
  data_append_pair_integer(&params, "after", after);
  data_append_pair_integer(&params, "limit", FAILURES_PAGE);
  data_append_pair_boolean(&params, "failures", true);
  base_code code = rpc_client_call(import->client, "import.status", base_buffer_slice(&params),
                                   status, import->error);
  base_buffer_fini(&params);
  return code;
}

/* Goes on where an import was broken off. */
static base_code resume(importing *import, const char *text) {
  base_slice status;
  char *end = NULL;
  import->id = strtoll(text, &end, 10);
  if (*text == '\0' || *end != '\0') {
    return base_error_set(import->error, BASE_INVALID_ARGUMENT, "resume",
                          "--resume 后面是导入的编号", "--resume takes an import's number");
  }
  BASE_TRY(ask_status(import, 0, &status));
  import->offset = data_map_integer(status, "offset", 0);
  return BASE_OK;
}

static base_code send_chunk(importing *import, base_slice bytes, bool last, base_slice *status) {
  base_buffer params = {0};
  data_append_map(&params, 4);
  data_append_pair_integer(&params, "id", import->id);
  data_append_pair_integer(&params, "offset", import->offset);
  data_append_text(&params, "data");
  data_append_binary(&params, bytes);
  data_append_pair_boolean(&params, "last", last);
  base_code code = rpc_client_call(import->client, "import.data", base_buffer_slice(&params),
                                   status, import->error);
  base_buffer_fini(&params);
  return code;
}

/* The answer says where to go on; after a restart of the server a dry run begins anew. */
static base_code send_next(importing *import, base_buffer *chunk, bool *open) {
  base_slice status;
  if (fseek(import->file, (long)import->offset, SEEK_SET) != 0) return refuse_file(import);
  base_buffer_clear(chunk);
  chunk->size = fread(base_buffer_reserve(chunk, CHUNK_BYTES), 1, CHUNK_BYTES, import->file);
  if (ferror(import->file) != 0) return refuse_file(import);
  bool last = import->offset + (int64_t)chunk->size >= import->size;
  BASE_TRY(send_chunk(import, base_buffer_slice(chunk), last, &status));
  import->offset = data_map_integer(status, "offset", 0);
  *open = base_slice_is(data_map_text(status, "state"), "running");
  server_progress_show(&import->progress, data_map_integer(status, "rows", 0), import->offset,
                       import->size);
  return BASE_OK;
}

static base_code send_file(importing *import) {
  base_buffer chunk = {0};
  base_code code = BASE_OK;
  bool open = true;
  server_progress_begin(&import->progress);
  while (code == BASE_OK && open) code = send_next(import, &chunk, &open);
  server_progress_end(&import->progress);
  base_buffer_fini(&chunk);
  if (code == BASE_OK) return BASE_OK;
  server_message_write(stderr, "导入 %lld 停在第 %lld 字节；接着导入：加上 --resume %lld",
                       "import %lld stopped at byte %lld; to go on add --resume %lld",
                       (long long)import->id, (long long)import->offset, (long long)import->id);
  return code;
}

/* --- what people read ---------------------------------------------------------------------------- */

static void announce(const importing *import) {
  const char *type = import->type == NULL ? "*" : import->type;
  if (has_flag(import, "dry-run")) {
    server_message_write(stderr, "试导入 %s → %s：只检查每一行，不写入任何数据",
                         "dry run of %s → %s: every row is checked, nothing is written",
                         import->path, type);
  } else {
    server_message_write(stderr, "导入 %s → %s：每一行新建一条记录；不改动已有的记录",
                         "importing %s → %s: each row makes a new record; what is there already "
                         "is not changed",
                         import->path, type);
  }
}

static void print_failure(base_slice failure) {
  base_slice field = data_map_text(failure, "field");
  base_slice value = data_map_text(failure, "value");
  (void)fprintf(stderr,
                server_message_choose("第 %lld 行 %.*s%s%.*s: %.*s", "line %lld %.*s%s%.*s: %.*s"),
                (long long)data_map_integer(failure, "line", 0),
                BASE_SLICE_ARGS(data_map_text(failure, "code")), field.size > 0 ? " " : "",
                BASE_SLICE_ARGS(field), BASE_SLICE_ARGS(data_map_text(failure, "message")));
  if (value.size > 0) (void)fprintf(stderr, " [%.*s]", BASE_SLICE_ARGS(value));
  (void)fputc('\n', stderr);
}

static base_code print_failures(importing *import) {
  base_slice status;
  data_value items;
  int64_t after = 0;
  do {
    BASE_TRY(ask_status(import, after, &status));
    (void)data_map_find(status, "items", &items);
    data_walk walk = data_walk_begin(items.raw);
    while (data_walk_next(&walk)) print_failure(walk.value.raw);
    after = data_map_integer(status, "next", 0);
  } while (after > 0);
  import->failed = data_map_integer(status, "failed", 0);
  return BASE_OK;
}

static void print_ignored(base_slice status) {
  data_value ignored;
  (void)data_map_find(status, "ignored", &ignored);
  data_walk walk = data_walk_begin(ignored.raw);
  while (data_walk_next(&walk)) {
    server_message_write(stderr, "列“%.*s”没有导入", "the column “%.*s” was left out",
                         BASE_SLICE_ARGS(walk.value.as.bytes));
  }
}

static base_code print_outcome(importing *import) {
  base_slice status;
  data_value error;
  BASE_TRY(print_failures(import));
  BASE_TRY(ask_status(import, 0, &status));
  print_ignored(status);
  server_message_write(stdout, "导入 %lld：%lld 行，新建 %lld，失败 %lld%s",
                       "import %lld: %lld rows, %lld created, %lld failed%s", (long long)import->id,
                       (long long)data_map_integer(status, "rows", 0),
                       (long long)data_map_integer(status, "created", 0), (long long)import->failed,
                       has_flag(import, "dry-run") ? server_message_choose("（试导入，没有写入）",
                                                                           " (dry run, nothing "
                                                                           "written)")
                                                   : "");
  if (!data_map_find(status, "error", &error)) return BASE_OK;
  base_slice text = data_map_text(error.raw, "message");
  base_code code = base_code_find(data_map_text(error.raw, "code"));
  return base_error_set(import->error, code == BASE_OK ? BASE_INTERNAL : code, NULL, "%.*s", "%.*s",
                        BASE_SLICE_ARGS(text));
}

static base_code run(importing *import) {
  const char *resumed = server_options_get(import->options, "resume");
  BASE_TRY(open_file(import));
  announce(import);
  BASE_TRY(server_connection_open(import->options, &import->client, import->error));
  BASE_TRY(resumed == NULL ? start(import) : resume(import, resumed));
  BASE_TRY(send_file(import));
  return print_outcome(import);
}

static int import_file(const server_options *options) {
  base_error error = server_message_error();
  bool typed = options->word_count == 2;
  importing import = {.options = options,
                      .type = typed ? options->words[0] : NULL,
                      .path = options->words[typed ? 1 : 0],
                      .error = &error};
  base_code code = run(&import);
  rpc_client_close(import.client);
  if (import.file != NULL) (void)fclose(import.file);
  if (code != BASE_OK) return server_message_fail(&error);
  return import.failed > 0 ? STATUS_FAILED_ROWS : 0;
}

static const server_option options_table[] = {
    SERVER_CONNECTION_OPTIONS,
    {"dry-run", NULL, "只检查每一行，不写入", "check every row and write nothing"},
    {"mapping", "LIST", "列=字段,… 或 JSON 对象；“列=”略过该列",
     "COLUMN=FIELD,… or a JSON object; “COLUMN=” leaves it out"},
    {"encoding", "NAME", "utf-8 或 gb18030；缺省自动识别",
     "utf-8 or gb18030; found out when not given"},
    {"format", "NAME", "csv、jsonl 或 msgpack；缺省看扩展名",
     "csv, jsonl or msgpack; by the file's ending when not given"},
    {"keep-ids", NULL, "恢复导出的全部数据：编号、版本、时间都不变（限管理员）",
     "bring an export back with its numbers, versions and stamps (administrators)"},
    {"resume", "ID", "接着做被中断的导入", "go on with an import that was broken off"},
    {0}};

const server_command server_command_import = {
    .name = "import",
    .usage = "[--data DIR | --connect HOST:PORT --user NAME] [--dry-run] … [TYPE] FILE",
    .zh = "把文件导入运行中的服务器",
    .en = "import a file into a running server",
    .about_zh =
        "把 CSV、JSON 行或 msgpack 文件逐行导入为 TYPE 的记录；jsonl 和 msgpack "
        "的行自带类型时可省略 "
        "TYPE。\n"
        "坏行只影响自己：在标准错误逐行列出，最后以 1 退出；全部成功则以 0 退出。\n"
        "数据：每一行新建一条记录，规则与 record.create 相同；撤销：haoke call import.undo "
        "'{\"id\": "
        "…}'。",
    .about_en =
        "Imports the rows of a CSV, JSON lines or msgpack file as records of TYPE, which may be "
        "left\n"
        "out where the rows say their own. A bad row costs only itself: it is told on standard "
        "error,\n"
        "and the exit status is 1; it is 0 when every row was imported.\n"
        "Data: each row makes a new record, as record.create does; to take it back: haoke call\n"
        "import.undo '{\"id\": …}'.",
    .options = options_table,
    .least_words = 1,
    .most_words = 2,
    .run = import_file};
