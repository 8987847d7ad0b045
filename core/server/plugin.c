/* plugin: looks into a shared object before a server is given it. */
#include "loader/loader.h"
#include "server/command.h"
#include "server/directory.h"
#include "server/json.h"
#include "server/listing.h"
#include "server/message.h"

static void print_text(base_slice described) {
  data_value value;
  base_slice name = data_map_text(described, "name");
  base_slice version = data_map_text(described, "version");
  (void)printf("%.*s %.*s\n", BASE_SLICE_ARGS(name), BASE_SLICE_ARGS(version));
  if (data_map_find(described, "abi", &value)) {
    base_buffer abi = {0};
    server_json_append(value, &abi);
    (void)printf("ABI %.*s\n", BASE_SLICE_ARGS(base_buffer_slice(&abi)));
    base_buffer_fini(&abi);
  }
  if (data_map_find(described, "types", &value)) server_listing_types(value.raw);
  if (data_map_find(described, "ops", &value)) server_listing_ops(value.raw);
}

static void print(const server_options *options, base_slice described) {
  if (server_options_get(options, "json") == NULL) {
    print_text(described);
    return;
  }
  base_buffer text = {0};
  server_json_append(data_peek(described), &text);
  (void)printf("%.*s\n", BASE_SLICE_ARGS(base_buffer_slice(&text)));
  base_buffer_fini(&text);
}

static base_code inspect(const server_options *options, base_error *error) {
  char copies[256];
  base_buffer described = {0};
  if (strcmp(options->words[0], "inspect") != 0) {
    return base_error_set(error, BASE_INVALID_ARGUMENT, NULL,
                          "没有“plugin %s”，只有 plugin inspect",
                          "there is no “plugin %s”, only plugin inspect", options->words[0]);
  }
  BASE_TRY(server_directory_temporary(copies, error));
  base_code code = loader_plugin_inspect(options->words[1], copies, &described, error);
  if (code == BASE_OK) print(options, base_buffer_slice(&described));
  base_buffer_fini(&described);
  base_error ignored = *error;
  (void)server_directory_delete(copies, &ignored);
  return code;
}

static int plugin(const server_options *options) {
  base_error error = server_message_error();
  return inspect(options, &error) == BASE_OK ? 0 : server_message_fail(&error);
}

static const server_option options_table[] = {
    {"json", NULL, "打印 JSON，不要表格", "print JSON instead of a table"}, {0}};

const server_command server_command_plugin = {
    .name = "plugin",
    .usage = "inspect [--json] FILE.so",
    .zh = "查看一个插件带来什么",
    .en = "look at what a plugin brings",
    .about_zh =
        "检查 FILE.so 的 ABI，打印它的名字、版本、类型和操作，不启动它。\n"
        "数据：把文件复制到一个临时目录再打开；不碰任何数据目录。",
    .about_en =
        "Checks the ABI of FILE.so and prints its name, version, types and ops without\n"
        "starting it. Data: opens a copy in a temporary directory; touches no data directory.",
    .options = options_table,
    .least_words = 2,
    .most_words = 2,
    .run = plugin};
