/* ctx: the method that writes a line into the server's log: for those who look for what a package does.
 * It is no effect: nothing of it is stored, a dry run logs as well, and an op that is run again does
 * so again. Values of personal fields do not belong there.
 *
 * Memory:  nothing is kept.  Threads: as the state.  Fails: raises; see ctx.h. */
#include "base/log.h"
#include "script/ctx.h"
#include "script/package.h"

#define SHOWN 1024 /* bytes of one text */

/* ctx:log(text) */
static int write_log(lua_State *lua) {
  crm_ctx *ctx = script_ctx_begin(lua);
  char shown[SHOWN + 1];
  char request[API_REQUEST_NAME];
  size_t size = 0;
  const char *text = luaL_checklstring(lua, 2, &size);
  script_ctx_try(lua, model_budget_draw(ctx, MODEL_DRAW_LOG_BYTES, (int64_t)size), false);
  if (!data_text_valid(base_slice_make(text, size))) {
    return luaL_error(lua, "ctx:log: the text is not valid UTF-8; was it cut in bytes?");
  }
  if (size > SHOWN) size = SHOWN;
  while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80) size--; /* at a character */
  for (size_t i = 0; i < size; i++) shown[i] = (char)(text[i] == '"' ? '\'' : text[i]);
  shown[size] = '\0';
  luaL_where(lua, 1);
  api_request_name(ctx->request, request);
  base_log(BASE_LOG_INFO, "script.log", "package=%s request=%s actor=\"%.*s\" text=\"%s%s\"",
           script_state_of(lua)->package->name, request, BASE_SLICE_ARGS(ctx->actor.name),
           lua_tostring(lua, -1), shown);
  return 0;
}

const luaL_Reg script_ctx_log[] = {{"log", write_log}, {NULL, NULL}};
