/* main: the executable. Everything else is in the library, where tests reach it. */
#include "server/command.h"

int main(int count, char **arguments) {
  return server_command_run(count, arguments);
}
