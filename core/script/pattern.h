/* pattern: the patterns of Lua, matched in bounded steps. A pattern is compiled into a list of items; as
 * it knows no alternatives, all that a match can go back to is one choice per item, and the choice lies
 * in the item itself: matching needs neither recursion nor a stack, can be stopped after any step and
 * goes on where it was. Knows no Lua state. Inside the room only.
 *
 *   script_pattern *pattern = memory of script_pattern_size(text.size) bytes;
 *   const char *fault = script_pattern_compile(pattern, text, anchors);      NULL: it is one
 *   script_pattern_begin(pattern, subject, from);
 *   while ((got = script_pattern_step(pattern, &steps)) == SCRIPT_PATTERN_MORE) steps = …;
 *
 * Where it differs from Lua's own: what is wrong with a pattern is said when it is compiled, and not only
 * when a match gets so far; "pattern too complex" does not exist. Letters are those of ASCII.
 *
 * Memory:  the caller's, one block; the subject must live as long as it is matched.
 * Threads: one at a time.
 * Fails:   compile: a text that says what is wrong. */
#pragma once

#include "base/slice.h"

#define SCRIPT_PATTERN_CAPTURES 32

typedef enum script_pattern_answer {
  SCRIPT_PATTERN_NONE,  /* it matches nowhere from there on */
  SCRIPT_PATTERN_FOUND, /* begin, end and captures say where */
  SCRIPT_PATTERN_MORE,  /* the steps are used up */
} script_pattern_answer;

typedef struct script_capture {
  size_t begin;
  size_t end;
  bool place; /* "()": the place alone */
} script_capture;

typedef struct script_pattern_item {
  uint8_t kind;
  uint8_t first; /* of %b; number of a capture */
  uint8_t last;
  uint32_t set[8]; /* which of the 256 bytes */
  size_t low;      /* the choice: places between which the item may still end */
  size_t high;
} script_pattern_item;

typedef struct script_pattern {
  base_slice subject;
  size_t begin; /* of the match, or of the try that is under way */
  size_t end;
  size_t at;   /* the item that comes next */
  size_t here; /* in the subject */
  bool anchored;
  size_t capture_count;
  script_capture captures[SCRIPT_PATTERN_CAPTURES];
  size_t count;
  script_pattern_item items[];
} script_pattern;

/* Enough for any pattern of so many bytes. */
size_t script_pattern_size(size_t bytes);

/* `anchors`: a ^ at the beginning means the beginning (not so in gmatch). */
const char *script_pattern_compile(script_pattern *pattern, base_slice text, bool anchors);

/* Looks for the first match that begins at `from` or behind it. */
void script_pattern_begin(script_pattern *pattern, base_slice subject, size_t from);

/* Goes on for about *steps steps, of some nanoseconds each, and takes off what it used. */
script_pattern_answer script_pattern_step(script_pattern *pattern, int64_t *steps);
