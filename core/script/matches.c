/* matches: string.find, match, gmatch and gsub over the bounded patterns.
 *
 * Memory:  a compiled pattern is a userdata that no script sees.  Threads: as the state.
 * Fails:   raises; what a pattern costs is drawn from the budget, a slice at a time. */
#include "script/globals.h"
#include "script/pattern.h"

#define SLICE 4096 /* steps between two looks at the budget */

static base_slice check_text(lua_State *lua, int index) {
  size_t size = 0;
  const char *text = luaL_checklstring(lua, index, &size);
  return base_slice_make(text, size);
}

/* The place, counted from 0, at which looking begins; behind the text's end when it is too large. */
static size_t check_from(lua_State *lua, int index, size_t size) {
  lua_Integer from = luaL_optinteger(lua, index, 1);
  if (from > 0) return (size_t)from - 1;
  if (from == 0 || from < -(lua_Integer)size) return 0;
  return size - (size_t)-from;
}

static script_pattern *push_pattern(lua_State *lua, int index, bool anchors) {
  base_slice text = check_text(lua, index);
  script_state_charge(lua, text.size);
  script_pattern *made = lua_newuserdatauv(lua, script_pattern_size(text.size), 0);
  const char *fault = script_pattern_compile(made, text, anchors);
  if (fault != NULL) luaL_error(lua, "%s", fault);
  return made;
}

/* The first match that begins at `from` or behind it. */
static bool run(lua_State *lua, script_pattern *pattern, base_slice subject, size_t from) {
  script_pattern_begin(pattern, subject, from);
  for (;;) {
    int64_t steps = SLICE;
    script_pattern_answer answer = script_pattern_step(pattern, &steps);
    script_state_charge(lua, (size_t)(SLICE - steps));
    if (answer != SCRIPT_PATTERN_MORE) return answer == SCRIPT_PATTERN_FOUND;
  }
}

static void push_capture(lua_State *lua, const script_pattern *pattern, size_t number) {
  const script_capture *capture = &pattern->captures[number];
  const char *text = (const char *)pattern->subject.data;
  if (capture->place) {
    lua_pushinteger(lua, (lua_Integer)capture->begin + 1);
  } else {
    lua_pushlstring(lua, text + capture->begin, capture->end - capture->begin);
  }
}

static void push_whole(lua_State *lua, const script_pattern *pattern) {
  const char *text = (const char *)pattern->subject.data;
  lua_pushlstring(lua, text + pattern->begin, pattern->end - pattern->begin);
}

/* All captures; the whole match when there are none and `whole`. */
static int push_captures(lua_State *lua, const script_pattern *pattern, bool whole) {
  size_t count = pattern->capture_count;
  luaL_checkstack(lua, SCRIPT_PATTERN_CAPTURES, "too many captures");
  for (size_t i = 0; i < count; i++) push_capture(lua, pattern, i);
  if (count > 0 || !whole) return (int)count;
  push_whole(lua, pattern);
  return 1;
}

static int push_nothing(lua_State *lua) {
  lua_pushnil(lua);
  return 1;
}

/* --- find and match ---------------------------------------------------------------------------------- */

static int push_range(lua_State *lua, size_t begin, size_t end) {
  lua_pushinteger(lua, (lua_Integer)begin + 1);
  lua_pushinteger(lua, (lua_Integer)end);
  return 2;
}

static int find_plain(lua_State *lua, base_slice text, base_slice piece, size_t from) {
  script_state_charge(lua, text.size / 8 + piece.size / 8);
  const uint8_t *found = memmem(text.data + from, text.size - from, piece.data, piece.size);
  if (found == NULL) return push_nothing(lua);
  size_t begin = (size_t)(found - text.data);
  return push_range(lua, begin, begin + piece.size);
}

static bool is_plain(base_slice text) {
  for (size_t i = 0; i < text.size; i++) {
    if (memchr("^$*+?.([%-", text.data[i], 10) != NULL) return false;
  }
  return true;
}

/* string.find(text, pattern, from?, plain?): where it begins and ends, and the captures */
static int find(lua_State *lua) {
  base_slice text = check_text(lua, 1);
  base_slice wanted = check_text(lua, 2);
  size_t from = check_from(lua, 3, text.size);
  if (from > text.size) return push_nothing(lua);
  script_state_charge(lua, wanted.size);
  if (lua_toboolean(lua, 4) || is_plain(wanted)) return find_plain(lua, text, wanted, from);
  script_pattern *pattern = push_pattern(lua, 2, true);
  if (!run(lua, pattern, text, from)) return push_nothing(lua);
  return push_range(lua, pattern->begin, pattern->end) + push_captures(lua, pattern, false);
}

/* string.match(text, pattern, from?): the captures of the first match, or all of it */
static int match(lua_State *lua) {
  base_slice text = check_text(lua, 1);
  size_t from = check_from(lua, 3, text.size);
  script_pattern *pattern = push_pattern(lua, 2, true);
  if (from > text.size || !run(lua, pattern, text, from)) return push_nothing(lua);
  return push_captures(lua, pattern, true);
}

/* --- gmatch ------------------------------------------------------------------------------------------ */

/* Where the walk stands. An empty match directly behind the last one is none. */
typedef struct walk {
  size_t from;
  size_t last; /* where the last match ended; SIZE_MAX: there was none */
} walk;

static bool walk_next(lua_State *lua, script_pattern *pattern, base_slice subject, walk *at) {
  while (at->from <= subject.size && run(lua, pattern, subject, at->from)) {
    at->from = pattern->end;
    if (pattern->end != at->last) {
      at->last = pattern->end;
      return true;
    }
    if (pattern->anchored) return false;
    at->from = pattern->begin + 1;
  }
  return false;
}

/* Upvalues: text, pattern, walk. */
static int next_match(lua_State *lua) {
  base_slice text = check_text(lua, lua_upvalueindex(1));
  script_pattern *pattern = lua_touserdata(lua, lua_upvalueindex(2));
  walk *at = lua_touserdata(lua, lua_upvalueindex(3));
  if (!walk_next(lua, pattern, text, at)) return push_nothing(lua);
  return push_captures(lua, pattern, true);
}

/* string.gmatch(text, pattern, from?): for captures in … */
static int gmatch(lua_State *lua) {
  base_slice text = check_text(lua, 1);
  size_t from = check_from(lua, 3, text.size);
  lua_pushlstring(lua, (const char *)text.data, text.size);
  (void)push_pattern(lua, 2, false);
  walk *at = lua_newuserdatauv(lua, sizeof *at, 0);
  *at = (walk){.from = from, .last = SIZE_MAX};
  lua_pushcclosure(lua, next_match, 3);
  return 1;
}

/* --- gsub -------------------------------------------------------------------------------------------- */

/* "%0" is the match, "%1" a capture (or the match where there are none), "%%" a percent sign. */
static void add_template(lua_State *lua, const script_pattern *pattern, luaL_Buffer *out) {
  base_slice text = check_text(lua, 3);
  script_state_charge(lua, text.size / 8);
  for (size_t i = 0; i < text.size; i++) {
    char byte = (char)text.data[i];
    if (byte != '%') {
      luaL_addchar(out, byte);
      continue;
    }
    char name = '\0';
    if (++i < text.size) name = (char)text.data[i];
    size_t number = (size_t)(name - '1');
    if (name == '%') {
      luaL_addchar(out, '%');
    } else if (name == '0' || (name == '1' && pattern->capture_count == 0)) {
      push_whole(lua, pattern);
      luaL_addvalue(out);
    } else if (name >= '1' && name <= '9' && number < pattern->capture_count) {
      push_capture(lua, pattern, number);
      luaL_addvalue(out);
    } else if (name >= '1' && name <= '9') {
      luaL_error(lua, "invalid capture index %%%d in replacement string", (int)number + 1);
    } else {
      luaL_error(lua, "invalid use of '%%' in replacement string");
    }
  }
}

/* What a table or function gives in the place of the match; nil and false leave it. */
static void add_answer(lua_State *lua, const script_pattern *pattern, luaL_Buffer *out) {
  if (lua_isfunction(lua, 3)) {
    lua_pushvalue(lua, 3);
    int count = push_captures(lua, pattern, true);
    script_state_enter(lua);
    lua_call(lua, count, 1);
    script_state_leave(lua);
  } else {
    if (pattern->capture_count > 0) {
      push_capture(lua, pattern, 0);
    } else {
      push_whole(lua, pattern);
    }
    lua_gettable(lua, 3);
  }
  if (!lua_toboolean(lua, -1)) {
    lua_pop(lua, 1);
    push_whole(lua, pattern);
  } else if (!lua_isstring(lua, -1)) {
    luaL_error(lua, "invalid replacement value (a %s)", luaL_typename(lua, -1));
  }
  luaL_addvalue(out);
}

static void add_bytes(lua_State *lua, luaL_Buffer *out, base_slice text, size_t from, size_t to) {
  script_state_charge(lua, (to - from) / 8);
  luaL_addlstring(out, (const char *)text.data + from, to - from);
}

/* string.gsub(text, pattern, by, most?): the text with its matches replaced, and how many there were */
static int gsub(lua_State *lua) {
  base_slice text = check_text(lua, 1);
  int type = lua_type(lua, 3);
  luaL_argexpected(
      lua,
      type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
      "string/function/table");
  lua_Integer most = luaL_optinteger(lua, 4, (lua_Integer)text.size + 1);
  lua_Integer count = 0;
  size_t done = 0;
  walk at = {.last = SIZE_MAX};
  luaL_Buffer out;
  script_pattern *pattern = push_pattern(lua, 2, true);
  luaL_buffinit(lua, &out);
  while (count < most && walk_next(lua, pattern, text, &at)) {
    count++;
    add_bytes(lua, &out, text, done, pattern->begin);
    if (type == LUA_TTABLE || type == LUA_TFUNCTION) {
      add_answer(lua, pattern, &out);
    } else {
      add_template(lua, pattern, &out);
    }
    done = pattern->end;
    if (pattern->anchored) break;
  }
  add_bytes(lua, &out, text, done, text.size);
  luaL_pushresult(&out);
  lua_pushinteger(lua, count);
  return 2;
}

const luaL_Reg script_matches[] = {
    {"find", find}, {"gmatch", gmatch}, {"gsub", gsub}, {"match", match}, {NULL, NULL}};
