/* log: one line of key=value text on standard error.
 * Memory:  nothing is kept.
 * Threads: any thread; a line is written with one call and never interleaved.
 * Fails:   silently, when standard error is closed. Values of personal fields are never passed in. */
#pragma once

typedef enum base_log_level {
  BASE_LOG_DEBUG,
  BASE_LOG_INFO,
  BASE_LOG_WARN,
  BASE_LOG_ERROR
} base_log_level;

/* Lines below this level are dropped. Default BASE_LOG_INFO. */
void base_log_set_level(base_log_level level);

/* One line, "time=2026-03-07T01:02:03.123Z level=info event=server.ready tcp=127.0.0.1:7420". The
 * caller's format makes the pairs and quotes values that may hold spaces; "" when there are none.
 * Control characters become spaces; a line over 4 096 bytes is cut and ends in "...".
 * base_log(BASE_LOG_INFO, "server.ready", "tcp=%s", address) */
void base_log(base_log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Writes the line and ends the process with SIGABRT: for states in which going on would lose or
 * invent data. */
_Noreturn void base_fatal(const char *event, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
