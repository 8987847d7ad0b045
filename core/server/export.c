/* export: everything, or the records of one type, out of a running server into a file.
 *
 * The file is written beside its name and takes it when it is whole.
 *
 * Memory:  one piece at a time.  Threads: main.
 * Fails:   exit status 1 with “CODE: text”; then no file is left. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "server/command.h"
#include "server/connection.h"
#include "server/json.h"
#include "server/message.h"
#include "server/progress.h"

#define PIECE_ROWS 5000

typedef struct exporting {
  const server_options *options;
  base_error *error;
  base_arena *arena;
  FILE *file;
  const char *path; /* NULL: standard output */
  const char *unfinished;
  rpc_client *client;
  base_buffer after; /* the cursor */
  int64_t rows;
  server_progress progress;
} exporting;

/* --- the file ------------------------------------------------------------------------------------ */

static base_code refuse_file(exporting *e) {
  const char *name =
      e->path == NULL ? server_message_choose("标准输出", "standard output") : e->path;
  return base_error_set(e->error, errno == ENOSPC ? BASE_STORAGE_FULL : BASE_UNAVAILABLE, NULL,
                        "写不了 %s：%s", "cannot write %s: %s", name, strerror(errno));
}

static base_code open_file(exporting *e) {
  e->path = server_options_get(e->options, "output");
  e->file = stdout;
  if (e->path == NULL) return BASE_OK;
  e->unfinished = base_arena_format(e->arena, "%s.unfinished", e->path);
  e->file = fopen(e->unfinished, "wbe");
  return e->file == NULL ? refuse_file(e) : BASE_OK;
}

static base_code close_file(exporting *e, base_code code) {
  bool written = e->file == NULL || fflush(e->file) == 0;
  if (e->path == NULL) return code == BASE_OK && !written ? refuse_file(e) : code;
  if (e->file == NULL) return code;
  written = written && fsync(fileno(e->file)) == 0;
  written = fclose(e->file) == 0 && written;
  if (code == BASE_OK && written && rename(e->unfinished, e->path) == 0) return BASE_OK;
  if (code == BASE_OK) code = refuse_file(e);
  (void)unlink(e->unfinished);
  return code;
}

/* --- pieces -------------------------------------------------------------------------------------- */

static void append_text(const exporting *e, const char *option, const char *param, size_t *count,
                        base_buffer *params) {
  const char *value = server_options_get(e->options, option);
  if (value == NULL) return;
  data_append_pair_text(params, param, value);
  *count += 1;
}

static void append_flag(const exporting *e, const char *option, size_t *count,
                        base_buffer *params) {
  if (server_options_get(e->options, option) == NULL) return;
  data_append_pair_boolean(params, option, true);
  *count += 1;
}

static base_code append_where(exporting *e, size_t *count, base_buffer *params) {
  const char *where = server_options_get(e->options, "where");
  if (where == NULL) return BASE_OK;
  data_append_text(params, "where");
  *count += 1;
  return server_json_read(base_slice_text(where), "where", params, e->error);
}

static base_code append_params(exporting *e, base_buffer *params) {
  size_t place = data_append_open_map(params);
  size_t count = 1;
  data_append_pair_integer(params, "limit", PIECE_ROWS);
  append_text(e, "type", "type", &count, params);
  append_text(e, "format", "format", &count, params);
  append_flag(e, "bom", &count, params);
  append_flag(e, "labels", &count, params);
  BASE_TRY(append_where(e, &count, params));
  if (e->after.size > 0) {
    data_append_pair_slice(params, "after", base_buffer_slice(&e->after));
    count++;
  }
  data_append_close(params, place, count);
  return BASE_OK;
}

static base_code take_piece(exporting *e, base_slice piece, bool *more) {
  data_value data;
  base_slice next = data_map_text(piece, "next");
  (void)data_map_find(piece, "data", &data);
  if (fwrite(data.as.bytes.data, 1, data.as.bytes.size, e->file) != data.as.bytes.size) {
    return refuse_file(e);
  }
  e->rows += data_map_integer(piece, "rows", 0);
  *more = next.size > 0;
  base_buffer_clear(&e->after);
  base_buffer_append(&e->after, next.data, next.size);
  server_progress_show(&e->progress, e->rows, 0, 0);
  return BASE_OK;
}

static base_code read_piece(exporting *e, bool *more) {
  base_buffer params = {0};
  base_slice piece;
  base_code code = append_params(e, &params);
  if (code == BASE_OK) {
    code = rpc_client_call(e->client, "export.read", base_buffer_slice(&params), &piece, e->error);
  }
  base_buffer_fini(&params);
  return code == BASE_OK ? take_piece(e, piece, more) : code;
}

static base_code read_all(exporting *e) {
  base_code code = BASE_OK;
  bool more = true;
  server_progress_begin(&e->progress);
  while (code == BASE_OK && more) code = read_piece(e, &more);
  server_progress_end(&e->progress);
  return code;
}

static base_code run(exporting *e) {
  BASE_TRY(server_connection_open(e->options, &e->client, e->error));
  base_code code = open_file(e);
  if (code == BASE_OK) code = read_all(e);
  code = close_file(e, code);
  if (code != BASE_OK) return code;
  server_message_write(stderr, "导出了 %lld 行", "exported %lld rows", (long long)e->rows);
  return BASE_OK;
}

static int export_file(const server_options *options) {
  base_error error = server_message_error();
  exporting e = {.options = options, .error = &error, .arena = base_arena_new()};
  base_code code = run(&e);
  rpc_client_close(e.client);
  base_buffer_fini(&e.after);
  base_arena_free(e.arena);
  return code == BASE_OK ? 0 : server_message_fail(&error);
}

static const server_option options_table[] = {
    SERVER_CONNECTION_OPTIONS,
    {"type", "NAME", "只导出这种类型；缺省导出全部", "only this type; everything when not given"},
    {"where", "JSON", "该类型中满足条件的记录", "those of its records for which this holds"},
    {"format", "NAME", "jsonl（缺省）、msgpack 或 csv", "jsonl (default), msgpack or csv"},
    {"labels", NULL, "CSV 表头用字段的中文或英文名称", "CSV: labels as header, not names"},
    {"bom", NULL, "CSV 以 BOM 开头，便于 Excel 打开", "CSV: with the mark that Excel wants"},
    {"output", "FILE", "写到文件（也可写作 -o FILE）；缺省写到标准输出",
     "write to a file (-o FILE does too), not to standard output"},
    {0}};

const server_command server_command_export = {
    .name = "export",
    .usage =
        "[--data DIR | --connect HOST:PORT --user NAME] [--type NAME] [--format NAME] [-o FILE]",
    .zh = "导出运行中的服务器的数据",
    .en = "export the data of a running server",
    .about_zh =
        "导出一种类型的记录，或全部数据（回收站、合并过的记录、关联、定时器也在内；密码除外）。\n"
        "jsonl 和 msgpack 可用 haoke import --keep-ids 原样恢复；CSV 给人和表格软件看。\n"
        "数据：只读，什么也不改。",
    .about_en =
        "Exports the records of one type, or everything: the recycle bin, merged records, links "
        "and\n"
        "timers too, but no passwords. haoke import --keep-ids brings jsonl and msgpack back as "
        "they\n"
        "were; CSV is for people and spreadsheets.\n"
        "Data: reads only, changes nothing.",
    .options = options_table,
    .run = export_file};
