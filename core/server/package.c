/* package: for authors of Lua packages: a package to begin with, and what editors want to know. */
#include "base/log.h"
#include "server/command.h"
#include "server/message.h"
#include "server/package_new.h"
#include "server/package_stubs.h"
#include "server/packages.h"

static const char *given_or(const server_options *options, const char *name, const char *standard) {
  const char *given = server_options_get(options, name);
  return given == NULL ? standard : given;
}

static base_code make(const server_options *options, base_error *error) {
  const char *directory = given_or(options, "dir", "scripts");
  if (options->word_count < 2) {
    return base_error_set(error, BASE_INVALID_ARGUMENT, "name", "缺少包名：haoke package new 包名",
                          "the name is missing: haoke package new NAME");
  }
  const char *name = options->words[1];
  BASE_TRY(server_package_new(directory, name, error));
  server_message_write(stdout,
                       "%1$s/%2$s 建好了。接着：\n  haoke test %1$s/%2$s\n"
                       "  haoke package stubs --dir %1$s    （编辑器的补全）",
                       "%1$s/%2$s is made. Next:\n  haoke test %1$s/%2$s\n"
                       "  haoke package stubs --dir %1$s    (completion in your editor)",
                       directory, name);
  return BASE_OK;
}

static base_code describe(const server_options *options, base_error *error) {
  server_package_stubs_options stubs = {
      .directory = given_or(options, "dir", "scripts"),
      .plugins = given_or(options, "plugins", server_packages_plugins_directory()),
      .enable = server_options_get(options, "enable"),
      .config = server_options_get(options, "config"),
      .check = server_options_get(options, "check") != NULL};
  if (options->word_count > 1) {
    return base_error_set(error, BASE_INVALID_ARGUMENT, NULL, "多余的参数“%s”",
                          "“%s” is one argument too many", options->words[1]);
  }
  base_log_set_level(BASE_LOG_WARN);
  return server_package_stubs(&stubs, error);
}

static base_code choose(const server_options *options, base_error *error) {
  if (strcmp(options->words[0], "new") == 0) return make(options, error);
  if (strcmp(options->words[0], "stubs") == 0) return describe(options, error);
  return base_error_set(
      error, BASE_INVALID_ARGUMENT, NULL, "没有“package %s”，只有 package new 和 package stubs",
      "there is no “package %s”, only package new and package stubs", options->words[0]);
}

static int package(const server_options *options) {
  base_error error = server_message_error();
  return choose(options, &error) == BASE_OK ? 0 : server_message_fail(&error);
}

static const server_option options_table[] = {
    {"dir", "DIR", "放脚本包的目录，缺省 scripts", "folder of packages, default scripts"},
    {"check", NULL, "stubs：只比较，不写", "stubs: compare only, write nothing"},
    {"enable", "NAME,…", "stubs：只看这些包", "stubs: only these packages, with what they need"},
    {"plugins", "DIR", "stubs：插件的目录", "stubs: folder of plugins"},
    {"config", "FILE", "stubs：服务器的配置文件", "stubs: the server's configuration"},
    {0}};

const server_command server_command_package = {
    .name = "package",
    .usage = "new [--dir DIR] NAME | stubs [--check] [--dir DIR] …",
    .zh = "新建脚本包，为编辑器写补全",
    .en = "begin a Lua package; write completion for editors",
    .about_zh =
        "new：新建 DIR/NAME，一个完整的小脚本包，能通过自己的测试。已有的文件夹不会被改动。\n"
        "stubs：写 DIR/types/crm.lua，含全部类型、操作和配置的注解，供编辑器补全和检查；目录及其\n"
        "上级没有 .luarc.json 和 .luacheckrc 时，一并写在 DIR 里。\n"
        "数据：不碰任何数据目录。",
    .about_en =
        "new: makes DIR/NAME, a complete small package that passes its own tests. A folder that "
        "is\n"
        "there is left alone.\n"
        "stubs: writes DIR/types/crm.lua, annotations of all types, ops and configuration for\n"
        "completion in editors; and .luarc.json and .luacheckrc into DIR, unless it or a folder\n"
        "above has them.\n"
        "Data: touches no data directory.",
    .options = options_table,
    .least_words = 1,
    .most_words = 2,
    .run = package};
