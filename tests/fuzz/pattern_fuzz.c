/* pattern_fuzz: any bytes at all as a pattern and a subject. A match lies in the subject, its captures
 * lie in order within it, and stopping after every few steps changes nothing. The first byte says how
 * long the pattern is. */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "script/pattern.h"

#define STEPS 200000 /* what is tried longer is given up, as a budget would */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what) {
  if (holds) return;
  (void)fprintf(stderr, "pattern_fuzz: %s\n", what);
  abort();
}

/* A copy of exactly these bytes, so that the sanitizer sees a read past their end. */
static base_slice exact_copy(const uint8_t *data, size_t size) {
  uint8_t *copy = base_alloc(size > 0 ? size : 1);
  if (size > 0) memcpy(copy, data, size);
  return base_slice_make(copy, size);
}

static void free_copy(base_slice copy) {
  free((void *)(uintptr_t)copy.data);
}

/* Slices of so many steps; MORE when all are used up. */
static script_pattern_answer match(script_pattern *pattern, base_slice subject, size_t from,
                                   int64_t slice) {
  script_pattern_begin(pattern, subject, from);
  for (int64_t used = 0; used < STEPS;) {
    int64_t steps = slice;
    script_pattern_answer answer = script_pattern_step(pattern, &steps);
    require(steps < slice || pattern->at == pattern->count, "a slice costs nothing");
    if (answer != SCRIPT_PATTERN_MORE) return answer;
    used += slice - steps;
  }
  return SCRIPT_PATTERN_MORE;
}

static void check_places(const script_pattern *pattern, base_slice subject, size_t from) {
  require(pattern->begin >= from && pattern->begin <= pattern->end, "the match ends early");
  require(pattern->end <= subject.size, "the match ends behind the subject");
  for (size_t i = 0; i < pattern->capture_count; i++) {
    const script_capture *capture = &pattern->captures[i];
    require(capture->begin >= pattern->begin && capture->begin <= capture->end &&
                capture->end <= pattern->end,
            "a capture lies outside the match");
  }
}

/* All matches, as gmatch walks over them; told once whole and once in slices. */
static void tell(script_pattern *pattern, base_slice subject, int64_t slice, base_buffer *told) {
  for (size_t from = 0; from <= subject.size;) {
    script_pattern_answer answer = match(pattern, subject, from, slice);
    base_buffer_byte(told, (uint8_t)answer);
    if (answer != SCRIPT_PATTERN_FOUND) return;
    check_places(pattern, subject, from);
    base_buffer_append(told, &pattern->begin, sizeof pattern->begin);
    base_buffer_append(told, &pattern->end, sizeof pattern->end);
    for (size_t i = 0; i < pattern->capture_count; i++) {
      base_buffer_append(told, &pattern->captures[i].begin, sizeof(size_t));
      base_buffer_append(told, &pattern->captures[i].end, sizeof(size_t));
    }
    from = pattern->end > from ? pattern->end : from + 1;
  }
}

static void use_pattern(base_slice text, base_slice subject, bool anchors) {
  base_buffer whole = {0};
  base_buffer sliced = {0};
  script_pattern *pattern = base_alloc(script_pattern_size(text.size));
  if (script_pattern_compile(pattern, text, anchors) == NULL) {
    require(pattern->count <= text.size, "more items than the pattern has bytes");
    tell(pattern, subject, STEPS, &whole);
    tell(pattern, subject, 3, &sliced);
    bool complete = whole.data[whole.size - 1] != SCRIPT_PATTERN_MORE &&
                    sliced.data[sliced.size - 1] != SCRIPT_PATTERN_MORE;
    require(!complete || base_slice_equal(base_buffer_slice(&whole), base_buffer_slice(&sliced)),
            "stopping changes the match");
  }
  free(pattern);
  base_buffer_fini(&whole);
  base_buffer_fini(&sliced);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 1 || size > 1024) return 0;
  size_t length = data[0] < size - 1 ? data[0] : size - 1;
  base_slice text = exact_copy(data + 1, length);
  base_slice subject = exact_copy(data + 1 + length, size - 1 - length);
  use_pattern(text, subject, true);
  use_pattern(text, subject, false);
  free_copy(text);
  free_copy(subject);
  return 0;
}
