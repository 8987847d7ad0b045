/* prompt: see prompt.h. The terminal is asked itself, so that standard input may be a pipe. */
#include "server/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "server/message.h"

static bool read_line(FILE *terminal, char password[SERVER_PROMPT_MAX]) {
  if (fgets(password, SERVER_PROMPT_MAX, terminal) == NULL) return false;
  size_t size = strcspn(password, "\n");
  if (password[size] != '\n') return false;
  password[size] = '\0';
  return true;
}

static bool ask(FILE *terminal, const char *user, char password[SERVER_PROMPT_MAX]) {
  struct termios loud;
  if (tcgetattr(fileno(terminal), &loud) != 0) return false;
  struct termios quiet = loud;
  quiet.c_lflag &= ~(tcflag_t)ECHO;
  /* First, because it drops what was typed before: nobody types before he is asked. */
  (void)tcsetattr(fileno(terminal), TCSAFLUSH, &quiet);
  (void)fprintf(terminal, server_message_choose("%s 的密码：", "Password of %s: "), user);
  (void)fflush(terminal);
  bool got = read_line(terminal, password);
  (void)tcsetattr(fileno(terminal), TCSAFLUSH, &loud);
  (void)fputc('\n', terminal);
  return got;
}

base_code server_prompt_password(const char *user, char password[SERVER_PROMPT_MAX],
                                 base_error *error) {
  const char *given = getenv("HAOKE_PASSWORD");
  if (given != NULL && strlen(given) < SERVER_PROMPT_MAX) {
    memcpy(password, given, strlen(given) + 1);
    return BASE_OK;
  }
  FILE *terminal = given == NULL ? fopen("/dev/tty", "r+") : NULL;
  bool got = terminal != NULL && ask(terminal, user, password);
  if (terminal != NULL) (void)fclose(terminal);
  if (got) return BASE_OK;
  return base_error_set(error, BASE_UNAUTHENTICATED, "password",
                        "需要 %s 的密码（不超过 %d 字节）：请设置 HAOKE_PASSWORD，或在终端上运行",
                        "the password of %s is needed (at most %d bytes): set HAOKE_PASSWORD or "
                        "run this on a terminal",
                        user, SERVER_PROMPT_MAX - 2);
}
