/* message: what the command line says to people, in the language of their terminal.
 *
 * Memory:  none kept.  Threads: the main thread only.  Fails: never; a closed stream is ignored. */
#pragma once

#include <stdio.h>

#include "base/error.h"

/* Chinese when LC_ALL, LC_MESSAGES or LANG, the first that is set, begins with "zh"; else English.
 */
base_language server_message_language(void);

/* The name the protocol gives to that language: "zh-CN" or "en". */
const char *server_message_language_name(base_language language);

/* The one of two texts that the reader understands. */
const char *server_message_choose(const char *zh, const char *en);

/* One line. Both formats take the same arguments in the same order. */
void server_message_write(FILE *to, const char *zh, const char *en, ...)
    __attribute__((format(printf, 2, 4), format(printf, 3, 4)));

/* An empty error in the reader's language. */
base_error server_message_error(void);

/* "CODE: text" on standard error; returns the exit status of a failed command, 1. */
int server_message_fail(const base_error *error);
