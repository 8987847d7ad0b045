/* call: one op of a running server, from the command line. */
#include "server/command.h"
#include "server/connection.h"
#include "server/json.h"
#include "server/message.h"

static void print(base_slice result) {
  base_buffer text = {0};
  server_json_append(data_peek(result), &text);
  (void)printf("%.*s\n", BASE_SLICE_ARGS(base_buffer_slice(&text)));
  base_buffer_fini(&text);
}

static base_code read_params(const server_options *options, base_buffer *params,
                             base_error *error) {
  if (options->word_count < 2) {
    data_append_map(params, 0);
    return BASE_OK;
  }
  BASE_TRY(server_json_read(base_slice_text(options->words[1]),
                            server_message_choose("参数", "the params"), params, error));
  if (data_peek(base_buffer_slice(params)).type == DATA_MAP) return BASE_OK;
  return base_error_set(error, BASE_INVALID_ARGUMENT, "params",
                        "参数应是一个 JSON 对象，例如 '{\"id\": 1}'",
                        "the params are one JSON object, as in '{\"id\": 1}'");
}

static base_code ask(const server_options *options, base_slice params, base_error *error) {
  rpc_client *client = NULL;
  base_slice result;
  BASE_TRY(server_connection_open(options, &client, error));
  base_code code = rpc_client_call(client, options->words[0], params, &result, error);
  if (code == BASE_OK) print(result);
  rpc_client_close(client);
  return code;
}

static int call(const server_options *options) {
  base_error error = server_message_error();
  base_buffer params = {0};
  base_code code = read_params(options, &params, &error);
  if (code == BASE_OK) code = ask(options, base_buffer_slice(&params), &error);
  base_buffer_fini(&params);
  return code == BASE_OK ? 0 : server_message_fail(&error);
}

static const server_option options_table[] = {SERVER_CONNECTION_OPTIONS, {0}};

const server_command server_command_call = {
    .name = "call",
    .usage = "[--data DIR | --connect HOST:PORT --user NAME] OP ['JSON']",
    .zh = "调用运行中的服务器的一个操作",
    .en = "call one op of a running server",
    .about_zh =
        "调用 OP，把结果打印成 JSON；出错时在标准错误打印 “代码: 说明” 并以 1 退出。\n"
        "例：haoke call task.list '{\"owner\": \"李静\"}'\n"
        "数据：只做这个操作说的事（haoke describe OP）；参数里加 \"dry_run\": true "
        "则只演算不写入。",
    .about_en =
        "Calls OP and prints its result as JSON; on an error prints “CODE: text” on standard "
        "error\n"
        "and exits with 1. Example: haoke call task.list '{\"owner\": \"李静\"}'\n"
        "Data: does what the op says (haoke describe OP); with \"dry_run\": true among the params "
        "a\n"
        "write is evaluated and nothing is stored.",
    .options = options_table,
    .least_words = 1,
    .most_words = 2,
    .run = call};
