/* command: the table, the help and the dispatch. See command.h. */
#include "server/command.h"

#include "base/map.h"
#include "base/random.h"
#include "server/message.h"

static const server_command *const commands[] = {
    &server_command_serve,  &server_command_call,     &server_command_shell,
    &server_command_import, &server_command_export,   &server_command_describe,
    &server_command_test,   &server_command_package,  &server_command_check_config,
    &server_command_plugin, &server_command_backup,   &server_command_restore,
    &server_command_verify, &server_command_simulate, &server_command_top};
static const size_t command_count = sizeof commands / sizeof commands[0];

#define STATUS_USAGE 2

static const server_command *find(base_slice name) {
  for (size_t i = 0; i < command_count; i++) {
    if (base_slice_is(name, commands[i]->name)) return commands[i];
  }
  return NULL;
}

static void print_overview(FILE *to) {
  server_message_write(
      to, "好客（Haoke） %s：可以用脚本定制的 CRM 服务器\n\n用法：haoke 子命令 …\n",
      "Haoke %s: a CRM server that a business scripts\n\nusage: haoke COMMAND …\n", HAOKE_VERSION);
  for (size_t i = 0; i < command_count; i++) {
    (void)fprintf(to, "  %-14s%s\n", commands[i]->name,
                  server_message_choose(commands[i]->zh, commands[i]->en));
  }
  server_message_write(to, "\n“haoke 子命令 --help” 说明它的用法，以及它会对数据做什么。",
                       "\n“haoke COMMAND --help” tells how to use it and what it does to data.");
}

static void print_help(const server_command *command) {
  (void)printf("%s haoke %s %s\n\n%s\n", server_message_choose("用法：", "usage:"), command->name,
               command->usage, server_message_choose(command->about_zh, command->about_en));
  if (command->options[0].name != NULL) (void)putchar('\n');
  for (const server_option *option = command->options; option->name != NULL; option++) {
    char left[48];
    (void)snprintf(left, sizeof left, "--%s%s%s", option->name, option->value == NULL ? "" : " ",
                   option->value == NULL ? "" : option->value);
    (void)printf("  %-24s%s\n", left, server_message_choose(option->zh, option->en));
  }
}

static int refuse_usage(const server_command *command, const base_error *error) {
  (void)fprintf(stderr, "haoke %s: %s\n", command->name, error->message);
  server_message_write(stderr, "用法：haoke %s %s\n详见 “haoke %s --help”",
                       "usage: haoke %s %s\nsee “haoke %s --help”", command->name, command->usage,
                       command->name);
  return STATUS_USAGE;
}

static int refuse_name(base_slice name) {
  base_map *names = base_map_new();
  for (size_t i = 0; i < command_count; i++) {
    (void)base_map_put(names, base_slice_text(commands[i]->name), (void *)(uintptr_t)commands[i]);
  }
  base_slice nearest = base_map_nearest(names, name);
  server_message_write(stderr, "haoke：没有子命令“%.*s”", "haoke: there is no command “%.*s”",
                       BASE_SLICE_ARGS(name));
  if (nearest.size != 0) {
    server_message_write(stderr, "您是不是要 “haoke %.*s”？", "did you mean “haoke %.*s”?",
                         BASE_SLICE_ARGS(nearest));
  }
  server_message_write(stderr, "“haoke --help” 列出所有子命令",
                       "“haoke --help” lists all commands");
  base_map_free(names);
  return STATUS_USAGE;
}

int server_command_run(int count, char *const *arguments) {
  if (count < 2) {
    print_overview(stderr);
    return STATUS_USAGE;
  }
  base_slice name = base_slice_text(arguments[1]);
  if (base_slice_is(name, "--help") || base_slice_is(name, "-h") || base_slice_is(name, "help")) {
    print_overview(stdout);
    return 0;
  }
  if (base_slice_is(name, "--version")) {
    (void)printf("haoke %s\n", HAOKE_VERSION);
    return 0;
  }
  const server_command *command = find(name);
  if (command == NULL) return refuse_name(name);
  server_options options;
  base_error error = server_message_error();
  if (server_options_parse(command->options, command->least_words, command->most_words, count - 2,
                           arguments + 2, &options, &error) != BASE_OK) {
    return refuse_usage(command, &error);
  }
  if (options.help) {
    print_help(command);
    return 0;
  }
  base_random_init();
  return command->run(&options);
}
