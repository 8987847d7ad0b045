/* complete: the line editor (libedit): what could be typed, and what was typed before. See shell.h. */
#include <editline/readline.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "server/message.h"
#include "server/shell/shell.h"

#define HISTORY_LINES 1000

/* libedit calls back without a pointer of ours. One shell runs per process. */
static server_shell *editing;

/* The names that fit, as libedit asks for them one by one. */
typedef struct candidates {
  data_walk walk;
  base_slice list;
  const char *const *words;
  const char *suffix;
} candidates;

static candidates offered;

static const char *const commands[] = {"\\help", "\\ops",   "\\types", "\\describe", "\\json",
                                       "\\next", "\\watch", "\\quit",  NULL};

static char *copy(base_slice name, const char *suffix) {
  size_t more = strlen(suffix);
  char *text = malloc(name.size + more + 1);
  if (text == NULL) return NULL;
  memcpy(text, name.data, name.size);
  memcpy(text + name.size, suffix, more + 1);
  return text;
}

static char *next_word(const char *text) {
  while (*offered.words != NULL) {
    const char *word = *offered.words++;
    if (strncmp(word, text, strlen(text)) == 0) return copy(base_slice_text(word), "");
  }
  return NULL;
}

static char *next_name(const char *text) {
  while (data_walk_next(&offered.walk)) {
    base_slice name = data_map_text(offered.walk.value.raw, "name");
    if (base_slice_starts(name, base_slice_text(text))) return copy(name, offered.suffix);
  }
  return NULL;
}

static char *offer_word(const char *text, int state) {
  (void)state;
  return next_word(text);
}

static char *offer_name(const char *text, int state) {
  if (state == 0) offered.walk = data_walk_begin(offered.list);
  return next_name(text);
}

/* The first word of what stands in the line. */
static base_slice first_word(void) {
  const char *line = rl_line_buffer;
  while (*line == ' ') line++;
  return base_slice_make(line, strcspn(line, " "));
}

static bool names_type(int start) {
  const char *before = rl_line_buffer;
  return start >= 5 && (memcmp(before + start - 5, "type=", 5) == 0);
}

/* Ops and commands at the line's start, types after "type=", params after an op. */
static char **complete(const char *text, int start, int end) {
  (void)end;
  base_slice op;
  data_value params = {0};
  rl_attempted_completion_over = 1;
  rl_completion_append_character = ' ';
  if (text[0] == '\\') {
    offered = (candidates){.words = commands};
    return rl_completion_matches(text, offer_word);
  }
  if (first_word().size == 0 || (size_t)start <= strspn(rl_line_buffer, " ")) {
    offered = (candidates){.list = editing->ops, .suffix = ""};
    return rl_completion_matches(text, offer_name);
  }
  if (names_type(start)) {
    offered = (candidates){.list = editing->types, .suffix = ""};
    return rl_completion_matches(text, offer_name);
  }
  if (!server_shell_op(editing, first_word(), &op)) return NULL;
  (void)data_map_find(op, "params", &params);
  bool json = strchr(rl_line_buffer, '{') != NULL;
  rl_completion_append_character = '\0';
  offered = (candidates){.list = params.raw, .suffix = json ? "\": " : "="};
  return rl_completion_matches(text, offer_name);
}

/* --- history ---------------------------------------------------------------------------------------- */

/* HAOKE_HISTORY, else ~/.haoke_history; empty: nothing is kept. */
static bool history_path(char *path, size_t size) {
  const char *named = getenv("HAOKE_HISTORY");
  const char *home = getenv("HOME");
  if (named != NULL)
    (void)snprintf(path, size, "%s", named);
  else
    (void)snprintf(path, size, "%s/.haoke_history", home == NULL ? "" : home);
  return path[0] != '\0' && (named != NULL || home != NULL);
}

void server_shell_edit(server_shell *shell) {
  static char breaks[] = " \t\n{}[],:\"=";
  char path[4096];
  editing = shell;
  if (!shell->terminal) return;
  rl_readline_name = "haoke";
  rl_initialize();
  using_history();
  stifle_history(HISTORY_LINES);
  rl_basic_word_break_characters = breaks;
  rl_attempted_completion_function = complete;
  if (history_path(path, sizeof path)) (void)read_history(path);
}

void server_shell_remember(const server_shell *shell, const char *line) {
  char path[4096];
  if (!shell->terminal) return;
  (void)add_history(line);
  if (!history_path(path, sizeof path)) return;
  mode_t before = umask(077);
  (void)write_history(path);
  (void)umask(before);
}

char *server_shell_line(const server_shell *shell) {
  if (shell->terminal) return readline("haoke> ");
  char *line = NULL;
  size_t room = 0;
  ssize_t size = getline(&line, &room, stdin);
  if (size < 0) {
    free(line);
    return NULL;
  }
  if (size > 0 && line[size - 1] == '\n') line[size - 1] = '\0';
  return line;
}
