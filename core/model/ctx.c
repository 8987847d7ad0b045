#include "model/ctx.h"

/* What a row of a loop's read takes on average; few large ones are as long as many small ones. */
#define LOOP_ROW_BYTES ((size_t)1024)

base_code model_ctx_stay(crm_ctx *ctx, size_t rows, size_t bytes) {
  size_t most = (size_t)ctx->loop_rows;
  if (most == 0 || (rows <= most && bytes <= most * LOOP_ROW_BYTES)) return BASE_OK;
  ctx->moves = true;
  return model_ctx_fail(ctx, BASE_UNAVAILABLE, NULL, "读取的行数较多，请稍后重试",
                        "this read looks at many rows: try again");
}

base_slice model_ctx_take(crm_ctx *ctx, base_buffer *buffer) {
  base_slice taken = base_arena_slice(ctx->arena, base_buffer_slice(buffer));
  base_buffer_fini(buffer);
  return taken;
}

static bool took_part(const base_buffer *packages, base_slice name) {
  base_slice rest = base_buffer_slice(packages);
  while (rest.size > 0) {
    const uint8_t *comma = memchr(rest.data, ',', rest.size);
    size_t size = comma == NULL ? rest.size : (size_t)(comma - rest.data);
    if (base_slice_equal(base_slice_make(rest.data, size), name)) return true;
    rest = base_slice_after(rest, comma == NULL ? rest.size : size + 1);
  }
  return false;
}

const char *model_ctx_enter(crm_ctx *ctx, const char *package) {
  const char *before = ctx->package;
  ctx->package = package;
  if (package != NULL && !took_part(&ctx->packages, base_slice_text(package))) {
    if (ctx->packages.size > 0) base_buffer_byte(&ctx->packages, ',');
    base_buffer_text(&ctx->packages, package);
  }
  return before;
}

void model_ctx_leave(crm_ctx *ctx, const char *before) {
  ctx->package = before;
}

int64_t model_ctx_midnight(const crm_ctx *ctx, data_date date) {
  return data_zone_midnight(ctx->zone, date);
}
