/* shell: calls typed by hand. Shared by the files of this folder.
 *
 *   task.list owner=李静 limit=5        an op with params as key=value
 *   task.list {"owner": "李静"}         or as one JSON object
 *   \help                               what else there is
 *
 * Memory:  one shell per process, on the main thread's stack; it owns its buffers.
 * Threads: the main thread only.
 * Fails:   what is typed wrong is answered with "CODE: text" and the shell goes on; when the connection
 *          breaks it ends. */
#pragma once

#include <stdio.h>

#include "rpc/rpc.h"
#include "server/options.h"

typedef struct server_shell {
  rpc_client *client;
  base_buffer described; /* api.describe's answer */
  base_slice ops;
  base_slice types;
  const data_zone *zone; /* of instants in tables */
  bool json;             /* print JSON instead of tables */
  bool terminal;         /* somebody is looking */
  bool done;
  base_buffer last_op; /* of the call that \watch and \next repeat; ends with a NUL */
  base_buffer last_params;
  base_buffer next; /* the cursor of the last page, or empty */
} server_shell;

/* --- line.c: what was typed ---------------------------------------------------------------------- */

/* Takes "op params" apart. INVALID_ARGUMENT says where it cannot be understood. */
base_code server_shell_read(base_slice line, base_slice *op, base_buffer *params,
                            base_error *error);

/* --- show.c: what is answered -------------------------------------------------------------------- */

/* A page or list as a table, a record as a list of its fields, anything else as JSON. */
void server_shell_show(const server_shell *shell, base_slice result);

/* --- complete.c: what could be typed ---------------------------------------------------------------- */

/* Prepares the line editor: completion of ops, params and commands. */
void server_shell_edit(server_shell *shell);

/* The next line without its end, from the editor or from a pipe; NULL at the end. free() it. */
char *server_shell_line(const server_shell *shell);

/* Remembers the line, unless it may hold a secret. */
void server_shell_remember(const server_shell *shell, const char *line);

/* --- interrupt.c: Ctrl-C -------------------------------------------------------------------------------- */

/* Between these two Ctrl-C ends server_shell_wait, not the program. */
void server_shell_hold_interrupt(void);
void server_shell_release_interrupt(void);

/* True when a key was pressed, or Ctrl-C, before the time was over. */
bool server_shell_wait(long seconds);

/* --- commands.c: what begins with a backslash ---------------------------------------------------------- */

base_code server_shell_command(server_shell *shell, const char *line, base_error *error);

/* --- shell.c -------------------------------------------------------------------------------------------- */

/* Calls the op and shows the answer. */
base_code server_shell_call(server_shell *shell, const char *op, base_slice params,
                            base_error *error);

/* The op's description; false when there is none. */
bool server_shell_op(const server_shell *shell, base_slice name, base_slice *op);

/* Whether one of the op's params is personal: such a line is not remembered. */
bool server_shell_secret(const server_shell *shell, base_slice op);
