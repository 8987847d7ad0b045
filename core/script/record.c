/* record: views. See record.h. */
#include "script/record.h"

#include "script/kind.h"
#include "script/value.h"

#define KEPT UINT64_MAX /* generation of views that never end */

static const script_kind record_kind = {"record"};

typedef struct view {
  script_head head;
  base_slice bytes;
  const model_type *type;   /* of a record; else NULL */
  const data_field *fields; /* of a configuration; else NULL */
  uint64_t generation;
} view;

static void push_view(lua_State *lua, const view *from) {
  view *made = script_kind_push(lua, &record_kind, sizeof *made);
  *made = *from;
  made->head.kind = &record_kind;
}

/* Where the op writes, the bytes of a record may go when the same record is put again. */
void script_record_push(lua_State *lua, const model_type *type, base_slice bytes) {
  script_state *state = script_state_of(lua);
  if (state->ctx->writes) bytes = base_arena_slice(state->ctx->arena, bytes);
  push_view(lua, &(view){.bytes = bytes, .type = type, .generation = state->generation});
}

void script_record_push_config(lua_State *lua, const data_field *fields, base_slice bytes) {
  push_view(lua, &(view){.bytes = bytes, .fields = fields, .generation = KEPT});
}

static void check_alive(lua_State *lua, const view *seen) {
  const script_state *state = script_state_of(lua);
  if (seen->generation == KEPT) return;
  if (state->ctx == NULL || seen->generation != state->generation) {
    luaL_error(lua, "this record was read in a call that has ended; read it again");
  }
}

bool script_record_read(lua_State *lua, int index, base_slice *bytes) {
  const view *seen = script_kind_test(lua, index, &record_kind);
  if (seen == NULL) return false;
  check_alive(lua, seen);
  *bytes = seen->bytes;
  return true;
}

static void check_name(lua_State *lua, const view *seen, base_slice key) {
  if (seen->fields != NULL && data_field_find(seen->fields, key) == NULL) {
    luaL_error(lua, "ctx.config has no '%s'", (const char *)key.data);
  }
  if (seen->type == NULL || base_slice_is(key, "type")) return;
  if (model_type_field(seen->type, key) != NULL) return;
  luaL_error(lua, "%s has no field '%s'", seen->type->name, (const char *)key.data);
}

static int read_field(lua_State *lua) {
  const view *seen = script_kind_check(lua, 1, &record_kind);
  check_alive(lua, seen);
  size_t size = 0;
  const char *name = luaL_checklstring(lua, 2, &size);
  base_slice key = base_slice_make(name, size);
  data_value value;
  if (!data_map_find_slice(seen->bytes, key, &value)) check_name(lua, seen, key);
  script_value_push(lua, value);
  return 1;
}

static int refuse_write(lua_State *lua) {
  return luaL_error(lua, "a record is only a view; change it with ctx:update(type, id, values)");
}

void script_record_init(lua_State *lua) {
  script_kind_init(lua, &record_kind);
  lua_pushcfunction(lua, read_field);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, refuse_write);
  lua_setfield(lua, -2, "__newindex");
  lua_pop(lua, 1);
}
