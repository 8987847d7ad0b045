/* names: the sandbox, .luacheckrc and the annotations for editors have the same names. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "probe.h"
#include "script/ctx.h"
#include "script/loading.h"
#include "script/manifest.h"
#include "script/stubs.h"
#include "script/test.h"

/* --- sets of names ---------------------------------------------------------------------------------- */

#define NAMES_MAX 200
#define NAME_BYTES 64

typedef struct name_set {
  size_t count;
  char all[NAMES_MAX][NAME_BYTES];
} name_set;

static void add_name(name_set *set, const char *prefix, const char *name, size_t size) {
  char made[NAME_BYTES];
  (void)snprintf(made, sizeof made, "%s%.*s", prefix, (int)size, name);
  for (size_t i = 0; i < set->count; i++) {
    if (strcmp(set->all[i], made) == 0) return;
  }
  assert_in_range(set->count, 0, NAMES_MAX - 1);
  memcpy(set->all[set->count++], made, sizeof made);
}

static bool has_name(const name_set *set, const char *name) {
  for (size_t i = 0; i < set->count; i++) {
    if (strcmp(set->all[i], name) == 0) return true;
  }
  return false;
}

static void assert_same_names(const name_set *left, const char *left_name, const name_set *right,
                              const char *right_name) {
  assert_true(left->count > 0);
  for (size_t i = 0; i < left->count; i++) {
    if (!has_name(right, left->all[i])) {
      fail_msg("%s has %s, %s has not", left_name, left->all[i], right_name);
    }
  }
  for (size_t i = 0; i < right->count; i++) {
    if (!has_name(left, right->all[i])) {
      fail_msg("%s has %s, %s has not", right_name, right->all[i], left_name);
    }
  }
}

/* --- the sandbox: face → __index → table ------------------------------------------------------------- */

static void add_table(lua_State *lua, const char *prefix, name_set *set) {
  lua_pushnil(lua);
  while (lua_next(lua, -2) != 0) {
    const char *name = lua_tostring(lua, -2);
    if (lua_istable(lua, -1) && luaL_getmetafield(lua, -1, "__index") == LUA_TTABLE) {
      char inner[NAME_BYTES];
      (void)snprintf(inner, sizeof inner, "%s%s.", prefix, name);
      add_table(lua, inner, set);
      lua_pop(lua, 1);
    } else {
      add_name(set, prefix, name, strlen(name));
    }
    lua_pop(lua, 1);
  }
}

static script_state *open_state(probe *in, script_package **package) {
  script_state *state = NULL;
  char path[128];
  (void)snprintf(path, sizeof path, "%s/probe", in->root);
  probe_write(in, "init.lua", "-- only the names are asked for");
  assert_int_equal(script_package_open(path, &in->limits, package, &in->error), BASE_OK);
  assert_int_equal(script_loading_state(*package, true, &state, &in->error), BASE_OK);
  return state;
}

static void read_sandbox(probe *in, name_set *set) {
  script_package *package = NULL;
  script_state *state = open_state(in, &package);
  lua_State *lua = state->lua;
  lua_rawgeti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  assert_int_equal(luaL_getmetafield(lua, -1, "__index"), LUA_TTABLE);
  add_table(lua, "", set);
  script_state_free(state);
  script_package_free(package);
}

/* --- .luacheckrc ------------------------------------------------------------------------------------- */

static const char collect[] =
    "local function add(fields, prefix)\n"
    "  for key, value in pairs(fields) do\n"
    "    if type(key) == 'number' then note(prefix .. value)\n"
    "    else add(value.fields, prefix .. key .. '.') end\n"
    "  end\n"
    "end\n"
    "add(stds.haoke.read_globals, '')\n"
    "add(stds.haoke_test.read_globals, '')\n"
    "assert(std == 'haoke' and files['**/test.lua'].std == 'haoke+haoke_test')\n";

static int note_name(lua_State *lua) {
  const char *name = luaL_checkstring(lua, 1);
  add_name(lua_touserdata(lua, lua_upvalueindex(1)), "", name, strlen(name));
  return 0;
}

static void find_file(const char *name, char path[256]) {
  static const char here[] = "tests/unit/script/names_test.c";
  (void)snprintf(path, 256, "%.*s%s", (int)(strlen(__FILE__) - strlen(here)), __FILE__, name);
}

static void read_luacheckrc(name_set *set) {
  char path[256];
  find_file(".luacheckrc", path);
  lua_State *lua = luaL_newstate();
  luaL_openlibs(lua);
  lua_pushlightuserdata(lua, set);
  lua_pushcclosure(lua, note_name, 1);
  lua_setglobal(lua, "note");
  bool failed = luaL_dostring(lua,
                              "stds = {} files = setmetatable({}, {__index = function(t, k) "
                              "t[k] = {} return t[k] end})") ||
                luaL_dofile(lua, path) || luaL_dostring(lua, collect);
  if (failed) fail_msg("%s", lua_tostring(lua, -1));
  lua_close(lua);
}

/* --- the annotations --------------------------------------------------------------------------------- */

typedef void (*line_visit)(const char *line, size_t size, const char *class_name, void *self);

static void each_line_of(const unsigned char *text, line_visit visit, void *self) {
  static const char mark[] = "---@class ";
  char class_name[NAME_BYTES] = "";
  for (const char *at = (const char *)text; *at != '\0';) {
    size_t size = strcspn(at, "\n");
    if (strncmp(at, mark, strlen(mark)) == 0) {
      const char *name = at + strlen(mark);
      (void)snprintf(class_name, sizeof class_name, "%.*s", (int)strcspn(name, " \n"), name);
    }
    visit(at, size, class_name, self);
    at += size + 1;
  }
}

/* Calls visit with each line of stubs.lua and the class it stands below. */
static void each_line(line_visit visit, void *self) {
  each_line_of(script_stubs_text, visit, self);
  each_line_of(script_stubs_library_text, visit, self);
}

/* The name of a "---@field name? …"; 0 when the line is none. */
static size_t field_name(const char *line, const char **name) {
  static const char mark[] = "---@field ";
  if (strncmp(line, mark, strlen(mark)) != 0) return 0;
  *name = line + strlen(mark);
  return strcspn(*name, "? \n");
}

/* "mathlib" is the class of math; crm.date is a table of its own. */
static void add_sandbox_name(const char *line, size_t size, const char *class_name, void *self) {
  static const char function[] = "function ";
  const char *name = NULL;
  (void)size;
  if (strncmp(line, function, strlen(function)) == 0) {
    name = line + strlen(function);
    size_t length = strcspn(name, "(:");
    if (name[length] == '(') add_name(self, "", name, length);
    return;
  }
  size_t length = field_name(line, &name);
  if (length == 0 || strncmp(name, "date ", 5) == 0) return;
  if (strcmp(class_name, "mathlib") == 0) add_name(self, "math.", name, length);
  if (strcmp(class_name, "crm") == 0) add_name(self, "crm.", name, length);
}

static void the_sandbox_is_what_luacheck_and_editors_know(void **state) {
  static name_set sandbox;
  static name_set luacheck;
  static name_set annotations;
  read_sandbox(*state, &sandbox);
  read_luacheckrc(&luacheck);
  each_line(add_sandbox_name, &annotations);
  assert_true(has_name(&sandbox, "crm.date.add") && has_name(&sandbox, "string.find"));
  assert_same_names(&sandbox, "the sandbox", &luacheck, ".luacheckrc");
  assert_same_names(&sandbox, "the sandbox", &annotations, "stubs.lua");
}

/* --- forms and methods ------------------------------------------------------------------------------- */

typedef struct class_fields {
  const char *name;
  name_set set;
} class_fields;

static void add_field(const char *line, size_t size, const char *class_name, void *self) {
  class_fields *of = self;
  const char *name = NULL;
  (void)size;
  size_t length = field_name(line, &name);
  if (length > 0 && strcmp(class_name, of->name) == 0) add_name(&of->set, "", name, length);
}

static void assert_class(const char *name, const data_field *form) {
  static class_fields of;
  static name_set wanted;
  of = (class_fields){.name = name};
  wanted.count = 0;
  each_line(add_field, &of);
  for (; form->name != NULL; form++) add_name(&wanted, "", form->name, strlen(form->name));
  assert_same_names(&wanted, "the form", &of.set, name);
}

static void the_manifest_is_what_editors_know(void **state) {
  (void)state;
  assert_class("crm.manifest", script_manifest_form);
  assert_class("crm.manifest.type", script_manifest_type_form);
  assert_class("crm.manifest.index", script_manifest_index_form);
  assert_class("crm.manifest.rule", script_manifest_rule_form);
  assert_class("crm.manifest.segment", script_manifest_segment_form);
  assert_class("crm.manifest.job", script_manifest_job_form);
  assert_class("crm.manifest.op", script_manifest_op_form);
}

static void add_method(const char *line, size_t size, const char *class_name, void *self) {
  static const char function[] = "function ";
  class_fields *of = self;
  (void)size;
  (void)class_name;
  if (strncmp(line, function, strlen(function)) != 0) return;
  const char *name = line + strlen(function);
  if (strncmp(name, of->name, strlen(of->name)) != 0) return;
  name += strlen(of->name);
  add_name(&of->set, "", name, strcspn(name, "("));
}

static void assert_methods(const char *object, const luaL_Reg *const *lists) {
  static class_fields of;
  static name_set wanted;
  of = (class_fields){.name = object};
  wanted.count = 0;
  each_line(add_method, &of);
  for (; *lists != NULL; lists++) {
    for (const luaL_Reg *method = *lists; method->name != NULL; method++) {
      add_name(&wanted, "", method->name, strlen(method->name));
    }
  }
  assert_same_names(&wanted, object, &of.set, "stubs.lua");
}

static void the_methods_are_what_editors_know(void **state) {
  (void)state;
  const luaL_Reg *const of_ctx[] = {script_ctx_reads, script_ctx_calendar, script_ctx_log, NULL};
  const luaL_Reg *const of_write[] = {script_ctx_writes, NULL};
  const luaL_Reg *const of_test[] = {script_test_methods, NULL};
  assert_methods("ctx:", of_ctx);
  assert_methods("write:", of_write);
  assert_methods("t:", of_test);
}

/* --- docs/lua-api.md --------------------------------------------------------------------------------- */

static char document[65536];

static void read_document(void) {
  char path[256];
  find_file("docs/lua-api.md", path);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  size_t size = fread(document, 1, sizeof document - 1, file);
  assert_int_equal(fclose(file), 0);
  assert_in_range(size, 1, sizeof document - 2);
  document[size] = '\0';
}

static void assert_told(const char *before, const char *name, const char *after) {
  char text[2 * NAME_BYTES];
  (void)snprintf(text, sizeof text, "%s%s%s", before, name, after);
  if (strstr(document, text) == NULL) fail_msg("docs/lua-api.md does not tell %s", text);
}

static void assert_methods_told(const char *before, const luaL_Reg *methods) {
  for (; methods->name != NULL; methods++) assert_told(before, methods->name, "(");
}

static void assert_form_told(const data_field *form) {
  for (; form->name != NULL; form++) assert_told("`", form->name, "`");
}

static void the_document_tells_all_names(void **state) {
  static name_set sandbox;
  sandbox.count = 0;
  read_document();
  read_sandbox(*state, &sandbox);
  for (size_t i = 0; i < sandbox.count; i++) {
    const char *dot = strrchr(sandbox.all[i], '.');
    bool own = strncmp(sandbox.all[i], "crm.", 4) == 0;
    assert_told("", own || dot == NULL ? sandbox.all[i] : dot + 1, "");
  }
  assert_methods_told("`ctx:", script_ctx_reads);
  assert_methods_told("`ctx:", script_ctx_calendar);
  assert_methods_told("`ctx:", script_ctx_log);
  assert_methods_told("`ctx:", script_ctx_writes);
  assert_methods_told("`t:", script_test_methods);
  assert_form_told(script_manifest_form);
  assert_form_told(script_manifest_type_form);
  assert_form_told(script_manifest_index_form);
  assert_form_told(script_manifest_rule_form);
  assert_form_told(script_manifest_op_form);
}

static void the_document_tells_all_kinds(void **state) {
#define KIND_NAME(upper, lower) #lower,
  static const char *const kinds[] = {DATA_KINDS(KIND_NAME)};
#undef KIND_NAME
  (void)state;
  read_document();
  const char *list = strstr(document, "A field has a `kind` (`");
  assert_non_null(list);
  const char *end = strchr(list, ')');
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    const char *found = strstr(list, kinds[i]);
    if (found == NULL || found > end)
      fail_msg("docs/lua-api.md does not tell the kind %s", kinds[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      PROBE_TEST(the_sandbox_is_what_luacheck_and_editors_know),
      PROBE_TEST(the_manifest_is_what_editors_know), PROBE_TEST(the_methods_are_what_editors_know),
      PROBE_TEST(the_document_tells_all_names), PROBE_TEST(the_document_tells_all_kinds)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
