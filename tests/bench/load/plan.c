/* plan: see plan.h. A kind of request is a list of parts, written one behind the other.
 *
 * Memory, Threads, Fails: see the header. */
#include "plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KINDS_MAX 16
#define PARTS_MAX 64

typedef enum part_type { PART_BYTES, PART_TAG, PART_NUMBER, PART_CHOICE } part_type;

typedef struct part {
  part_type type;
  buffer bytes; /* PART_BYTES; of PART_CHOICE all choices, one behind the other */
  size_t *ends; /* PART_CHOICE: where each choice ends */
  size_t choices;
  bool decimal; /* PART_NUMBER */
  unsigned width;
  uint64_t least;
  uint64_t span;
  uint64_t factor;
  uint64_t modulus;
} part;

typedef struct request_kind {
  uint64_t weight;
  size_t least;
  size_t count;
  part parts[PARTS_MAX];
} request_kind;

struct plan {
  reply_protocol protocol;
  buffer prelude;
  size_t prelude_replies;
  uint64_t weights;
  size_t count;
  request_kind kinds[KINDS_MAX];
};

/* --- reading -------------------------------------------------------------------------------------------- */

static _Noreturn void refuse(size_t line, const char *why) {
  char text[160];
  snprintf(text, sizeof text, "line %zu of the plan: %s", line, why);
  buffer_die(text);
}

static unsigned hex_digit(char digit, size_t line) {
  const char *digits = "0123456789abcdef";
  const char *found = digit == '\0' ? NULL : strchr(digits, digit);
  if (found == NULL) refuse(line, "bytes are written as small hexadecimal digits");
  return (unsigned)(found - digits);
}

static void append_hex(const char *hex, size_t line, buffer *out) {
  for (; *hex != '\0'; hex += 2) {
    uint8_t byte = (uint8_t)(hex_digit(hex[0], line) << 4 | hex_digit(hex[1], line));
    buffer_append(out, &byte, 1);
  }
}

static uint64_t next_number(size_t line) {
  const char *word = strtok(NULL, " \n");
  char *end = NULL;
  if (word == NULL) refuse(line, "a number is missing");
  uint64_t number = strtoull(word, &end, 10);
  if (*end != '\0') refuse(line, "this is no number");
  return number;
}

static const char *next_word(size_t line) {
  const char *word = strtok(NULL, " \n");
  if (word == NULL) refuse(line, "something is missing at its end");
  return word;
}

static reply_protocol read_protocol(size_t line) {
  static const char *const names[] = {"msgpack", "iproto", "resp", "postgres"};
  const char *word = next_word(line);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strcmp(word, names[i]) == 0) return (reply_protocol)i;
  }
  refuse(line, "a protocol is msgpack, iproto, resp or postgres");
}

static void read_number(part *number, size_t line) {
  number->decimal = strcmp(next_word(line), "digits") == 0;
  number->width = (unsigned)next_number(line);
  number->least = next_number(line);
  uint64_t most = next_number(line);
  if (most < number->least || number->width > 20) refuse(line, "there is no such number");
  number->span = most - number->least + 1;
  number->factor = next_number(line);
  number->modulus = next_number(line);
}

static void read_choices(part *choice, size_t line) {
  for (const char *hex = next_word(line); hex != NULL; hex = strtok(NULL, " \n")) {
    append_hex(hex, line, &choice->bytes);
    choice->ends = realloc(choice->ends, (choice->choices + 1) * sizeof *choice->ends);
    if (choice->ends == NULL) buffer_die("out of memory");
    choice->ends[choice->choices++] = choice->bytes.end;
  }
}

static void read_part(plan *asked, const char *word, size_t line) {
  if (asked->count == 0) refuse(line, "no request has begun");
  request_kind *kind = &asked->kinds[asked->count - 1];
  if (kind->count == PARTS_MAX) refuse(line, "the request has too many parts");
  part *added = &kind->parts[kind->count++];
  if (strcmp(word, "bytes") == 0) {
    append_hex(next_word(line), line, &added->bytes);
  } else if (strcmp(word, "tag") == 0) {
    added->type = PART_TAG;
  } else if (strcmp(word, "number") == 0) {
    added->type = PART_NUMBER;
    read_number(added, line);
  } else if (strcmp(word, "choice") == 0) {
    added->type = PART_CHOICE;
    read_choices(added, line);
  } else {
    refuse(line, "its first word is unknown");
  }
}

static void read_line(plan *asked, const char *word, size_t line) {
  if (strcmp(word, "protocol") == 0) {
    asked->protocol = read_protocol(line);
  } else if (strcmp(word, "prelude") == 0) {
    asked->prelude_replies = (size_t)next_number(line);
    const char *hex = strtok(NULL, " \n");
    if (hex != NULL) append_hex(hex, line, &asked->prelude);
  } else if (strcmp(word, "request") == 0) {
    if (asked->count == KINDS_MAX) refuse(line, "there are too many kinds of requests");
    request_kind *kind = &asked->kinds[asked->count++];
    kind->weight = next_number(line);
    kind->least = (size_t)next_number(line);
    asked->weights += kind->weight;
  } else {
    read_part(asked, word, line);
  }
}

plan *plan_read(const char *path) {
  plan *asked = calloc(1, sizeof *asked);
  FILE *file = fopen(path, "r");
  char *text = NULL;
  size_t capacity = 0;
  if (asked == NULL) buffer_die("out of memory");
  if (file == NULL) buffer_die("the plan cannot be opened");
  for (size_t line = 1; getline(&text, &capacity, file) > 0; line++) {
    const char *word = strtok(text, " \n");
    if (word != NULL) read_line(asked, word, line);
  }
  free(text);
  fclose(file);
  if (asked->weights == 0) buffer_die("the plan asks nothing");
  return asked;
}

void plan_free(plan *asked) {
  for (size_t i = 0; i < asked->count; i++) {
    request_kind *kind = &asked->kinds[i];
    for (size_t j = 0; j < kind->count; j++) {
      buffer_fini(&kind->parts[j].bytes);
      free(kind->parts[j].ends);
    }
  }
  buffer_fini(&asked->prelude);
  free(asked);
}

/* --- asking ------------------------------------------------------------------------------------------------ */

reply_protocol plan_protocol(const plan *asked) {
  return asked->protocol;
}

const buffer *plan_prelude(const plan *asked, size_t *replies) {
  *replies = asked->prelude_replies;
  return &asked->prelude;
}

static void append_big(uint64_t number, unsigned width, buffer *out) {
  uint8_t *bytes = buffer_room(out, width);
  for (unsigned i = width; i > 0; i--, number >>= 8) bytes[i - 1] = (uint8_t)number;
  out->end += width;
}

static void append_digits(uint64_t number, unsigned width, buffer *out) {
  uint8_t *bytes = buffer_room(out, width);
  for (unsigned i = width; i > 0; i--, number /= 10) bytes[i - 1] = (uint8_t)('0' + number % 10);
  out->end += width;
}

static void append_number(const part *from, chance *dice, buffer *out) {
  uint64_t number = (from->least + chance_below(dice, from->span)) * from->factor;
  if (from->modulus > 0) number %= from->modulus;
  if (from->decimal)
    append_digits(number, from->width, out);
  else
    append_big(number, from->width, out);
}

static void append_choice(const part *from, chance *dice, buffer *out) {
  size_t choice = (size_t)chance_below(dice, from->choices);
  size_t start = choice == 0 ? 0 : from->ends[choice - 1];
  buffer_append(out, from->bytes.bytes + start, from->ends[choice] - start);
}

static size_t pick(const plan *asked, chance *dice) {
  size_t kind = 0;
  if (asked->count == 1) return 0;
  uint64_t point = chance_below(dice, asked->weights);
  while (point >= asked->kinds[kind].weight) point -= asked->kinds[kind++].weight;
  return kind;
}

size_t plan_append(const plan *asked, chance *dice, uint32_t tag, buffer *out) {
  size_t picked = pick(asked, dice);
  const request_kind *kind = &asked->kinds[picked];
  for (size_t i = 0; i < kind->count; i++) {
    const part *next = &kind->parts[i];
    switch (next->type) {
      case PART_BYTES:
        buffer_append(out, next->bytes.bytes, next->bytes.end);
        break;
      case PART_TAG:
        append_big(tag, 4, out);
        break;
      case PART_NUMBER:
        append_number(next, dice, out);
        break;
      case PART_CHOICE:
        append_choice(next, dice, out);
        break;
    }
  }
  return picked;
}

size_t plan_least(const plan *asked, size_t kind) {
  return asked->kinds[kind].least;
}
