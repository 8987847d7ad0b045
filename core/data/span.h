/* span: a length of time as a business says it: "5 days, at 09:00", "3 working days", "4 working
 * hours", and what counts from it. Data only; what instant it leads to depends on the business's
 * calendar and is reckoned above (model/span.h).
 *
 * As msgpack: {months, days, hours, minutes} or one of {working_days}, {working_hours,
 * working_minutes}, with, as needed, at = "09:00", since = "ordered_on", between = {"09:00",
 * "20:00"}. An empty map is no time at all.
 *
 * Memory:  texts lie in the arena given to data_span_read.
 * Threads: values.
 * Fails:   data_span_read: VALIDATION_FAILED naming the part at fault. */
#pragma once

#include "data/field.h"

#define DATA_SPAN_NO_TIME (-1)

typedef struct data_span {
  int64_t months;
  int64_t days;
  int64_t milliseconds; /* hours and minutes */
  int64_t working_days;
  int64_t working_milliseconds;
  int at;            /* minute of the day that it leads to; DATA_SPAN_NO_TIME: not said */
  const char *since; /* a date or datetime field that it counts from; NULL: from the event */
  int open;          /* minutes of the day between which it may end; both 0: at any time */
  int close;
} data_span;

/* Whether it counts working days or working time. */
bool data_span_works(const data_span *span);

base_code data_span_read(base_slice map, base_arena *arena, data_span *span, base_error *error);

/* Appends `count` pairs of a map that is open, and says how many. */
size_t data_span_append(const data_span *span, base_buffer *out);

/* The fields of a span, to be part of a larger form. */
#define DATA_SPAN_FORM                                                                             \
  {.name = "months", .kind = DATA_KIND_INTEGER, .bounded = true, .min = 0, .max = 1200},           \
      {.name = "days", .kind = DATA_KIND_INTEGER, .bounded = true, .min = 0, .max = 36500},        \
      {.name = "hours", .kind = DATA_KIND_INTEGER, .bounded = true, .min = 0, .max = 876000},      \
      {.name = "minutes", .kind = DATA_KIND_INTEGER, .bounded = true, .min = 0, .max = 52560000},  \
      {.name = "working_days",                                                                     \
       .kind = DATA_KIND_INTEGER,                                                                  \
       .bounded = true,                                                                            \
       .min = 1,                                                                                   \
       .max = 10000},                                                                              \
      {.name = "working_hours",                                                                    \
       .kind = DATA_KIND_INTEGER,                                                                  \
       .bounded = true,                                                                            \
       .min = 0,                                                                                   \
       .max = 100000},                                                                             \
      {.name = "working_minutes",                                                                  \
       .kind = DATA_KIND_INTEGER,                                                                  \
       .bounded = true,                                                                            \
       .min = 0,                                                                                   \
       .max = 6000000},                                                                            \
      {.name = "at", .kind = DATA_KIND_TEXT}, {.name = "since", .kind = DATA_KIND_TEXT}, {         \
    .name = "between", .kind = DATA_KIND_LIST, .of = DATA_KIND_TEXT                                \
  }
