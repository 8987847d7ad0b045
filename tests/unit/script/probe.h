/* probe: a package written by a test into a folder of its own, and a ctx that has no store: what a
 * script can do with values, texts, days and calls alone.
 *
 * Memory:  probe_init … probe_fini.  Threads: one.  Fails: asserts. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "script/script.h"

typedef struct probe {
  char root[64]; /* a folder of the test's own, which holds `probe` */
  api_package *package;
  base_arena *arena;
  base_error error;
  crm_ctx ctx;
  base_buffer result;
  script_limits limits;
  int64_t instructions; /* each call's budget */
} probe;

static inline void probe_write(const probe *in, const char *file, const char *text) {
  char path[128];
  (void)snprintf(path, sizeof path, "%s/probe/%s", in->root, file);
  FILE *out = fopen(path, "wb");
  assert_non_null(out);
  assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
  assert_int_equal(fclose(out), 0);
}

/* Answers every call of an op with its params, and refuses "wrong.op". */
static inline base_code probe_echo(crm_ctx *ctx, base_slice op, base_slice params,
                                   base_buffer *result) {
  if (base_slice_is(op, "wrong.op")) {
    return model_ctx_fail(ctx, BASE_NOT_FOUND, "id", "没有这条记录", "there is no such record");
  }
  data_append_raw(result, params);
  return BASE_OK;
}

static inline void probe_init(probe *in) {
  char path[128];
  *in = (probe){.limits = {.milliseconds = 60000, .memory = 4u << 20, .instructions = 1000000},
                .instructions = 1000000};
  (void)snprintf(in->root, sizeof in->root, "/tmp/haoke-probe-XXXXXX");
  assert_non_null(mkdtemp(in->root));
  (void)snprintf(path, sizeof path, "%s/probe", in->root);
  assert_int_equal(mkdir(path, 0700), 0);
  (void)snprintf(path, sizeof path, "%s/probe/i18n", in->root);
  assert_int_equal(mkdir(path, 0700), 0);
  in->arena = base_arena_new();
  in->error.language = BASE_EN;
  in->ctx = (crm_ctx){.arena = in->arena,
                      .error = &in->error,
                      .actor = {.name = base_slice_text("李静"), .staff = true},
                      .call = probe_echo};
  assert_int_equal(data_zone_find(base_slice_text("Asia/Shanghai"), &in->ctx.zone, &in->error),
                   BASE_OK);
  in->ctx.now = 1772416800000; /* 2026-03-02 10:00 in Jinan */
  in->ctx.today = data_zone_date(in->ctx.zone, in->ctx.now);
}

static inline void probe_unload(probe *in) {
  if (in->package != NULL) in->package->free(in->package);
  in->package = NULL;
}

static inline void probe_fini(probe *in) {
  char command[128];
  probe_unload(in);
  base_buffer_fini(&in->result);
  base_buffer_fini(&in->ctx.packages);
  base_arena_free(in->arena);
  (void)snprintf(command, sizeof command, "rm -rf %s", in->root);
  assert_int_equal(system(command), 0);
}

static inline base_code probe_load(probe *in) {
  char path[128];
  (void)snprintf(path, sizeof path, "%s/probe", in->root);
  probe_unload(in);
  base_error_clear(&in->error);
  return script_package_load(path, &in->limits, &in->package, &in->error);
}

/* Loads a package whose one op `probe.run` has this body. */
static inline base_code probe_load_body(probe *in, bool writes, const char *body) {
  size_t size = strlen(body) + 256;
  char *text = base_alloc(size);
  (void)snprintf(text, size,
                 "return crm.package{name = 'probe', version = '1.0.0', ops = {['probe.run'] = {"
                 "write = %s, run = function(ctx, params)\n%s\nend}}}",
                 writes ? "true" : "false", body);
  probe_write(in, "init.lua", text);
  free(text);
  in->ctx.writes = writes;
  return probe_load(in);
}

static inline base_code probe_call(probe *in, base_slice params) {
  static const uint8_t empty_map[] = {0x80};
  const api_op *op = in->package->ops;
  if (params.size == 0) params = base_slice_make(empty_map, sizeof empty_map);
  base_buffer_clear(&in->result);
  base_error_clear(&in->error);
  in->ctx.instructions = in->instructions;
  return op->run(&in->ctx, params, &in->result, op->self);
}

/* Loads the body and runs it once. */
static inline base_code probe_run(probe *in, const char *body) {
  if (probe_load_body(in, false, body) != BASE_OK) return in->error.code;
  return probe_call(in, (base_slice){0});
}

static inline void assert_within(const char *text, const char *part) {
  if (strstr(text, part) == NULL) fail_msg("'%s' is not in '%s'", part, text);
}

/* Runs the body, which must fail with SCRIPT_ERROR and a text that has this part. */
static inline void assert_error(probe *in, const char *body, const char *part) {
  base_code code = probe_run(in, body);
  if (code != BASE_SCRIPT_ERROR) {
    fail_msg("%s: got %s %s", body, base_code_name(code), in->error.message);
  }
  assert_within(in->error.message, part);
}

/* Runs the body, which returns {value = …}; gives that value. */
static inline data_value probe_value(probe *in, const char *body) {
  data_value value = {0};
  base_code code = probe_run(in, body);
  if (code != BASE_OK) fail_msg("%s: %s %s", body, base_code_name(code), in->error.message);
  data_map_find(base_buffer_slice(&in->result), "value", &value);
  return value;
}

static inline void assert_text(probe *in, const char *expression, const char *wanted) {
  char body[512];
  (void)snprintf(body, sizeof body, "return {value = %s}", expression);
  data_value value = probe_value(in, body);
  assert_int_equal(value.type, DATA_TEXT);
  if (!base_slice_is(value.as.bytes, wanted)) {
    fail_msg("%s: wanted '%s', got '%.*s'", expression, wanted, BASE_SLICE_ARGS(value.as.bytes));
  }
}

static inline void assert_integer(probe *in, const char *expression, int64_t wanted) {
  char body[512];
  (void)snprintf(body, sizeof body, "return {value = %s}", expression);
  data_value value = probe_value(in, body);
  assert_int_equal(value.type, DATA_INTEGER);
  assert_int_equal(value.as.integer, wanted);
}

static inline int probe_setup(void **state) {
  static probe in;
  probe_init(&in);
  *state = &in;
  return 0;
}

static inline int probe_teardown(void **state) {
  probe_fini(*state);
  return 0;
}

#define PROBE_TEST(function) cmocka_unit_test_setup_teardown(function, probe_setup, probe_teardown)
