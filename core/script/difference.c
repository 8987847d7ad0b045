/* difference: comparing and showing. See difference.h. */
#include "script/difference.h"

#include "script/globals.h"
#include "script/keys.h"
#include "script/value.h"

#define DEPTH_MAX 40
#define SHOWN_MAX 20     /* differences that are written out */
#define LINE_COLUMNS 80  /* bytes of a table that stands on one line */
#define VALUE_BYTES 4096 /* of one value that is shown */
#define TEXT_BYTES 1000  /* of one text that is shown */

/* --- showing a value ------------------------------------------------------------------------------- */

typedef struct printer {
  lua_State *lua;
  base_buffer *out;
  const char *indent;
  size_t end; /* size of the buffer at which showing stops */
} printer;

static void print_value(const printer *to, int index, unsigned depth, bool flat);

static bool is_full(const printer *to) {
  return to->out->size >= to->end;
}

static void print_text(const printer *to, int index) {
  size_t size = 0;
  const char *text = lua_tolstring(to->lua, index, &size);
  size_t shown = size > TEXT_BYTES ? TEXT_BYTES : size;
  while (shown < size && ((uint8_t)text[shown] & 0xc0) == 0x80) shown--;
  base_buffer_byte(to->out, '"');
  for (size_t i = 0; i < shown; i++) {
    uint8_t byte = (uint8_t)text[i];
    if (byte == '\n') {
      base_buffer_text(to->out, "\\n");
    } else if (byte < 0x20 || byte == 0x7f) {
      base_buffer_format(to->out, "\\%03u", byte);
    } else {
      if (byte == '"' || byte == '\\') base_buffer_byte(to->out, '\\');
      base_buffer_byte(to->out, byte);
    }
  }
  base_buffer_text(to->out, shown < size ? "…\"" : "\"");
}

static void print_key(const printer *to, const script_key *key, bool list) {
  if (list) return;
  if (key->type == LUA_TSTRING) {
    base_buffer_format(to->out, "%.*s = ", BASE_SLICE_ARGS(key->text));
  } else if (key->type == LUA_TNUMBER) {
    base_buffer_format(to->out, "[%lld] = ", (long long)key->integer);
  } else {
    base_buffer_format(to->out, "[%s] = ", key->boolean ? "true" : "false");
  }
}

static void print_break(const printer *to, unsigned depth, bool flat) {
  if (flat) {
    base_buffer_byte(to->out, ' ');
    return;
  }
  base_buffer_format(to->out, "\n%s%*s", to->indent, (int)depth * 2, "");
}

static void print_table(const printer *to, int index, unsigned depth, bool flat) {
  lua_State *lua = to->lua;
  int top = lua_gettop(lua);
  script_keys keys;
  script_keys_read(lua, index, &keys);
  bool list = lua_rawlen(lua, index) == keys.count;
  if (keys.count == 0) base_buffer_text(to->out, "{}");
  for (size_t i = 0; i < keys.count && !is_full(to); i++) {
    base_buffer_text(to->out, i == 0 ? "{" : ",");
    print_break(to, depth + 1, flat);
    print_key(to, &keys.all[i], list);
    script_keys_push(lua, &keys.all[i]);
    lua_rawget(lua, index);
    print_value(to, lua_gettop(lua), depth + 1, flat);
    lua_pop(lua, 1);
  }
  if (keys.count > 0) {
    base_buffer_text(to->out, is_full(to) ? " …" : flat ? "" : ",");
    print_break(to, depth, flat);
    base_buffer_byte(to->out, '}');
  }
  lua_settop(lua, top);
}

/* On one line when it is short, else each entry on its own. */
static void print_fitting(const printer *to, int index, unsigned depth) {
  size_t begin = to->out->size;
  printer narrow = *to;
  narrow.end = begin + LINE_COLUMNS;
  print_table(&narrow, index, depth, true);
  if (to->out->size <= narrow.end) return;
  to->out->size = begin;
  print_table(to, index, depth, false);
}

static void print_value(const printer *to, int index, unsigned depth, bool flat) {
  lua_State *lua = to->lua;
  luaL_checkstack(lua, 8, "tables are nested too deep");
  if (lua_type(lua, index) == LUA_TSTRING) {
    print_text(to, index);
  } else if (lua_istable(lua, index) && depth >= DEPTH_MAX) {
    base_buffer_text(to->out, "{…}");
  } else if (lua_istable(lua, index) && !flat) {
    print_fitting(to, index, depth);
  } else if (lua_istable(lua, index)) {
    print_table(to, index, depth, true);
  } else {
    script_globals_push_text(lua, index);
    base_buffer_text(to->out, lua_tostring(lua, -1));
    lua_pop(lua, 1);
  }
}

void script_difference_append_value(lua_State *lua, int index, const char *indent,
                                    base_buffer *out) {
  printer to = {.lua = lua, .out = out, .indent = indent, .end = out->size + VALUE_BYTES};
  print_value(&to, lua_absindex(lua, index), 0, false);
}

/* --- comparing ------------------------------------------------------------------------------------- */

typedef struct comparison {
  lua_State *lua;
  bool part;
  unsigned depth;
  size_t count;
  base_buffer *out; /* NULL: only whether there is a difference */
  char path[256];
} comparison;

static void compare(comparison *with, int got, int wanted);

static void show_side(const comparison *with, int index, char sign) {
  char indent[] = {sign, ' ', '\0'};
  if (lua_isnil(with->lua, index)) return;
  base_buffer_format(with->out, "\n%s", indent);
  script_difference_append_value(with->lua, index, indent, with->out);
}

static void differ(comparison *with, int got, int wanted) {
  with->count++;
  if (with->out == NULL || with->count > SHOWN_MAX) return;
  base_buffer_format(with->out, "\n@@ %s @@", with->path[0] == '\0' ? "value" : with->path);
  show_side(with, wanted, '-');
  show_side(with, got, '+');
}

static void push_entry(lua_State *lua, int table, const script_key *key) {
  if (table == 0) {
    lua_pushnil(lua);
    return;
  }
  script_keys_push(lua, key);
  lua_rawget(lua, table);
}

/* Compares what both tables have under the key; a table that is 0 has nothing. */
static void compare_entry(comparison *with, int got, int wanted, const script_key *key) {
  lua_State *lua = with->lua;
  size_t length = strlen(with->path);
  char *end = with->path + length;
  size_t room = sizeof with->path - length;
  if (key->type == LUA_TSTRING) {
    (void)snprintf(end, room, "%s%.*s", length == 0 ? "" : ".", BASE_SLICE_ARGS(key->text));
  } else if (key->type == LUA_TNUMBER) {
    (void)snprintf(end, room, "[%lld]", (long long)key->integer);
  } else {
    (void)snprintf(end, room, "[%s]", key->boolean ? "true" : "false");
  }
  push_entry(lua, got, key);
  push_entry(lua, wanted, key);
  compare(with, lua_gettop(lua) - 1, lua_gettop(lua));
  lua_pop(lua, 2);
  *end = '\0';
}

static void compare_maps(comparison *with, int got, int wanted) {
  lua_State *lua = with->lua;
  int top = lua_gettop(lua);
  script_keys keys;
  script_keys_read(lua, wanted, &keys);
  for (size_t i = 0; i < keys.count; i++) {
    compare_entry(with, got, wanted, &keys.all[i]);
  }
  lua_settop(lua, top);
  if (with->part) return;
  script_keys_read(lua, got, &keys);
  for (size_t i = 0; i < keys.count; i++) {
    script_keys_push(lua, &keys.all[i]);
    bool known = lua_rawget(lua, wanted) != LUA_TNIL;
    lua_pop(lua, 1);
    if (!known) compare_entry(with, got, 0, &keys.all[i]);
  }
  lua_settop(lua, top);
}

/* --- lists ----------------------------------------------------------------------------------------- */

static bool are_same(const comparison *with, int got, lua_Integer i, int wanted, lua_Integer j) {
  lua_State *lua = with->lua;
  comparison quiet = {.lua = lua, .part = with->part, .depth = with->depth};
  lua_rawgeti(lua, got, i);
  lua_rawgeti(lua, wanted, j);
  compare(&quiet, lua_gettop(lua) - 1, lua_gettop(lua));
  lua_pop(lua, 2);
  return quiet.count == 0;
}

static void compare_element(comparison *with, int got, int wanted, lua_Integer place) {
  compare_entry(with, got, wanted, &(script_key){.type = LUA_TNUMBER, .integer = place});
}

/* Of lists that are not as long as one another, what both begin and end with is left out: one element
 * more in the middle is one difference, not all that follow it. */
static void compare_lists(comparison *with, int got, int wanted) {
  lua_Integer got_end = (lua_Integer)lua_rawlen(with->lua, got);
  lua_Integer wanted_end = (lua_Integer)lua_rawlen(with->lua, wanted);
  lua_Integer from = 1;
  if (got_end == wanted_end) {
    for (; from <= got_end; from++) compare_element(with, got, wanted, from);
    return;
  }
  while (from <= got_end && from <= wanted_end && are_same(with, got, from, wanted, from)) from++;
  while (got_end >= from && wanted_end >= from &&
         are_same(with, got, got_end, wanted, wanted_end)) {
    got_end--;
    wanted_end--;
  }
  for (lua_Integer i = from; i <= wanted_end; i++) compare_element(with, 0, wanted, i);
  for (lua_Integer i = from; i <= got_end; i++) compare_element(with, got, 0, i);
}

static bool is_list(lua_State *lua, int index) {
  return lua_rawlen(lua, index) == script_keys_count(lua, index);
}

/* In part, an empty wanted table says only that there is one. */
static void compare_tables(comparison *with, int got, int wanted) {
  lua_State *lua = with->lua;
  if (with->depth == DEPTH_MAX) luaL_error(lua, "tables are nested deeper than %d", DEPTH_MAX);
  with->depth++;
  bool empty = lua_rawlen(lua, wanted) == 0;
  if (is_list(lua, got) && is_list(lua, wanted) && !(with->part && empty)) {
    compare_lists(with, got, wanted);
  } else {
    compare_maps(with, got, wanted);
  }
  with->depth--;
}

static void compare(comparison *with, int got, int wanted) {
  lua_State *lua = with->lua;
  luaL_checkstack(lua, 12, "tables are nested too deep");
  if (with->out == NULL && with->count > 0) return;
  if (lua_istable(lua, got) && lua_istable(lua, wanted)) {
    compare_tables(with, got, wanted);
  } else if (!lua_compare(lua, got, wanted, LUA_OPEQ)) {
    differ(with, got, wanted);
  }
}

size_t script_difference_append(lua_State *lua, int got, int wanted, bool part, base_buffer *out) {
  comparison with = {.lua = lua, .part = part, .out = out};
  compare(&with, lua_absindex(lua, got), lua_absindex(lua, wanted));
  if (with.count > SHOWN_MAX) {
    base_buffer_format(out, "\n@@ … @@\n%zu more differences", with.count - SHOWN_MAX);
  }
  return with.count;
}
