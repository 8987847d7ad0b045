/* describe: what the running server can be asked. */
#include "server/command.h"
#include "server/connection.h"
#include "server/diagram.h"
#include "server/json.h"
#include "server/listing.h"
#include "server/message.h"

static void print_json(base_slice value) {
  base_buffer text = {0};
  server_json_append(data_peek(value), &text);
  (void)printf("%.*s\n", BASE_SLICE_ARGS(base_buffer_slice(&text)));
  base_buffer_fini(&text);
}

static base_code print_states(const server_options *options, base_slice described,
                              base_error *error) {
  data_value types = {0};
  base_buffer text = {0};
  const char *type = options->word_count == 0 ? NULL : options->words[0];
  (void)data_map_find(described, "types", &types);
  size_t count = server_diagram_append(types.raw, type, &text);
  (void)printf("%.*s", BASE_SLICE_ARGS(base_buffer_slice(&text)));
  base_buffer_fini(&text);
  if (count > 0 || type == NULL) return BASE_OK;
  return base_error_set(error, BASE_NOT_FOUND, NULL, "没有类型“%s”，或它没有状态字段",
                        "there is no type “%s”, or it has no states field", type);
}

static base_code print(const server_options *options, base_slice described, base_error *error) {
  bool json = server_options_get(options, "json") != NULL;
  data_value ops;
  base_slice op;
  if (server_options_get(options, "states") != NULL) return print_states(options, described, error);
  (void)data_map_find(described, "ops", &ops);
  if (options->word_count == 0) {
    if (json) {
      print_json(described);
    } else {
      server_listing_ops(ops.raw);
    }
    return BASE_OK;
  }
  if (!server_listing_find(ops.raw, options->words[0], &op)) {
    return base_error_set(error, BASE_UNKNOWN_METHOD, NULL, "没有操作“%s”；haoke describe 列出全部",
                          "there is no op “%s”; haoke describe lists all", options->words[0]);
  }
  if (json) {
    print_json(op);
  } else {
    server_listing_op(op);
  }
  return BASE_OK;
}

static base_code ask(const server_options *options, base_error *error) {
  rpc_client *client = NULL;
  base_slice described;
  BASE_TRY(server_connection_open(options, &client, error));
  base_code code =
      rpc_client_call(client, "api.describe", base_slice_make("\x80", 1), &described, error);
  if (code == BASE_OK) code = print(options, described, error);
  rpc_client_close(client);
  return code;
}

static int describe(const server_options *options) {
  base_error error = server_message_error();
  return ask(options, &error) == BASE_OK ? 0 : server_message_fail(&error);
}

static const server_option options_table[] = {
    SERVER_CONNECTION_OPTIONS,
    {"json", NULL, "打印 JSON，不要表格", "print JSON instead of a table"},
    {"states", NULL, "打印状态图（mermaid）；可给出一个类型",
     "print diagrams of states (mermaid); a type may be given"},
    {0}};

const server_command server_command_describe = {
    .name = "describe",
    .usage = "[--data DIR | --connect HOST:PORT --user NAME] [--json] [--states] [OP | TYPE]",
    .zh = "列出运行中的服务器的操作",
    .en = "list the ops of a running server",
    .about_zh =
        "列出所有操作（W：会写入），或说明一个操作的参数、结果和错误。\n数据：只读，什么也不改。",
    .about_en =
        "Lists all ops (W: writes), or explains params, result and errors of one.\n"
        "Data: reads only, changes nothing.",
    .options = options_table,
    .most_words = 1,
    .run = describe};
