/* strings: the table `string`. Bytes, as everywhere in Lua. The functions that take patterns are our own
 * (matches.c): stock string.find with a hostile pattern runs for hours without the count hook ever
 * firing.
 *
 * Memory:  results are charged through the allocator.  Threads: as the state.  Fails: raises. */
#include <lualib.h>
#include <stdio.h>

#include "script/globals.h"

#define FORMAT_WIDTH_MAX 99

/* string.rep(text, count, between?) */
static int repeat(lua_State *lua) {
  size_t size = 0;
  size_t between_size = 0;
  const char *text = luaL_checklstring(lua, 1, &size);
  lua_Integer count = luaL_checkinteger(lua, 2);
  const char *between = luaL_optlstring(lua, 3, "", &between_size);
  size_t each = size + between_size;
  if (count < 1 || each == 0) count = 0;
  script_state_check_size(
      lua, count > 0 && (size_t)count > SIZE_MAX / each ? SIZE_MAX : (size_t)count * each);
  script_state_charge(lua, (size_t)count);
  script_state_make_room(lua, (size_t)count * each);
  luaL_Buffer out;
  luaL_buffinit(lua, &out);
  for (lua_Integer i = 0; i < count; i++) {
    if (i > 0) luaL_addlstring(&out, between, between_size);
    luaL_addlstring(&out, text, size);
  }
  luaL_pushresult(&out);
  return 1;
}

/* --- format -------------------------------------------------------------------------------------- */

typedef struct directive {
  char text[16]; /* "%-08" and room for the rest */
  size_t size;
  bool precision;
} directive;

static size_t read_number(const char *from) {
  size_t digits = 0;
  while (from[digits] >= '0' && from[digits] <= '9') digits++;
  return digits;
}

/* Flags, a width and a precision of at most two digits each; returns what follows them. */
static const char *read_directive(lua_State *lua, const char *from, directive *found) {
  const char *at = from + strspn(from, "-+ 0");
  size_t width = read_number(at);
  bool good = at - from <= 4 && width <= 2;
  at += width;
  found->precision = *at == '.';
  if (found->precision) {
    size_t digits = read_number(++at);
    good = good && digits <= 2;
    at += digits;
  }
  if (!good) luaL_error(lua, "string.format: width and precision are at most %d", FORMAT_WIDTH_MAX);
  found->text[0] = '%';
  found->size = (size_t)(at - from) + 1;
  memcpy(found->text + 1, from, found->size - 1);
  return at;
}

static void finish(directive *found, const char *end) {
  memcpy(found->text + found->size, end, strlen(end) + 1);
}

/* A text without width is taken whole; one with a width may hold no zero byte. */
static void add_text(lua_State *lua, int index, directive *found, luaL_Buffer *out) {
  char made[FORMAT_WIDTH_MAX + 1];
  size_t size = 0;
  script_globals_push_text(lua, index);
  const char *text = lua_tolstring(lua, -1, &size);
  if (found->size == 1 || size > FORMAT_WIDTH_MAX) {
    luaL_addvalue(out);
    return;
  }
  finish(found, "s");
  (void)snprintf(made, sizeof made, found->text, text);
  lua_pop(lua, 1);
  luaL_addstring(out, made);
}

static void add_number(lua_State *lua, int index, char kind, directive *found, luaL_Buffer *out) {
  char made[512];
  if (kind == 'f') {
    finish(found, "f");
    (void)snprintf(made, sizeof made, found->text, luaL_checknumber(lua, index));
  } else {
    finish(found, kind == 'd' ? "lld" : "llx");
    (void)snprintf(made, sizeof made, found->text, (long long)luaL_checkinteger(lua, index));
  }
  luaL_addstring(out, made);
}

/* string.format(text, …) with %d %x %f %s and %%. */
static int format(lua_State *lua) {
  int top = lua_gettop(lua);
  int index = 1;
  size_t size = 0;
  luaL_Buffer out;
  const char *at = luaL_checklstring(lua, 1, &size);
  script_state_charge(lua, size / 4);
  script_state_make_room(lua, size);
  luaL_buffinit(lua, &out);
  while (*at != '\0') {
    if (*at != '%' || *++at == '%') {
      luaL_addchar(&out, *at++);
      continue;
    }
    directive found = {.size = 0};
    at = read_directive(lua, at, &found);
    script_state_charge(lua, 4);
    if (++index > top) return luaL_error(lua, "string.format: there is no value %d", index - 1);
    if (*at == 's') {
      add_text(lua, index, &found, &out);
    } else if (*at == 'd' || *at == 'x' || *at == 'f') {
      add_number(lua, index, *at, &found, &out);
    } else {
      return luaL_error(lua, "string.format knows %%d %%x %%f %%s and %%%%, not %%%c",
                        *at == '\0' ? ' ' : *at);
    }
    at++;
  }
  luaL_pushresult(&out);
  return 1;
}

/* --- all together -------------------------------------------------------------------------------- */

/* Texts find these functions as methods, too: ("天宇"):len(). */
static void set_methods(lua_State *lua) {
  lua_pushliteral(lua, "");
  lua_createtable(lua, 0, 1);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, -2);
  lua_pop(lua, 1);
}

void script_strings_push(lua_State *lua) {
  static const char *const names[] = {"byte",    "char", "len",   "lower",
                                      "reverse", "sub",  "upper", NULL};
  static const luaL_Reg own[] = {{"format", format}, {"rep", repeat}, {NULL, NULL}};
  lua_newtable(lua);
  lua_pushcfunction(lua, luaopen_string);
  lua_call(lua, 0, 1);
  script_globals_pick(lua, lua_gettop(lua) - 1, names);
  luaL_setfuncs(lua, own, 0);
  luaL_setfuncs(lua, script_matches, 0);
  script_globals_seal(lua, "string");
  set_methods(lua);
}
