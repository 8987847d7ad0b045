/* check_config: whether a configuration file is right, before a server is started with it. */
#include "server/command.h"
#include "server/configuration.h"
#include "server/json.h"
#include "server/message.h"

static int check(const server_options *options) {
  base_arena *arena = base_arena_new();
  base_error error = server_message_error();
  server_configuration configuration;
  int status = 0;
  if (server_configuration_load(options->words[0], arena, &configuration, &error) == BASE_OK) {
    base_buffer text = {0};
    server_json_append(data_peek(configuration.map), &text);
    (void)printf("%.*s\n", BASE_SLICE_ARGS(base_buffer_slice(&text)));
    base_buffer_fini(&text);
  } else {
    status = server_message_fail(&error);
  }
  base_arena_free(arena);
  data_zone_fini();
  return status;
}

static const server_option options_table[] = {{0}};

const server_command server_command_check_config = {
    .name = "check-config",
    .usage = "FILE",
    .zh = "检查配置文件",
    .en = "check a configuration file",
    .about_zh =
        "检查 FILE 的每一项，并打印加上缺省值之后的完整配置。\n"
        "数据：只读 FILE，不碰任何数据目录，不启动服务器。",
    .about_en =
        "Checks every key of FILE and prints the configuration whole, with its defaults.\n"
        "Data: reads FILE only; touches no data directory and starts no server.",
    .options = options_table,
    .least_words = 1,
    .most_words = 1,
    .run = check};
