/* text: looking up and filling in. See text.h. */
#include "script/text.h"

#include "script/globals.h"
#include "script/package.h"

const char *const script_text_files[2] = {[BASE_ZH] = "i18n/zh-CN", [BASE_EN] = "i18n/en"};

static base_code check_one(const script_texts *texts, base_language here, base_language there,
                           const char *package, base_error *error) {
  data_walk walk = data_walk_begin(texts->of[here]);
  while (data_walk_next(&walk)) {
    data_value other;
    base_slice key = walk.key.as.bytes;
    if (walk.value.type != DATA_TEXT) {
      return base_error_set(error, BASE_VALIDATION_FAILED, script_text_files[here],
                            "脚本包 %s：%s.lua 中 %.*s 的值必须是文本",
                            "package %s: %s.lua must give a text for %.*s", package,
                            script_text_files[here], BASE_SLICE_ARGS(key));
    }
    if (data_map_find_slice(texts->of[there], key, &other)) continue;
    return base_error_set(error, BASE_VALIDATION_FAILED, script_text_files[there],
                          "脚本包 %s：%s.lua 缺少 %.*s，另一种语言里有",
                          "package %s: %s.lua lacks %.*s, which the other language has", package,
                          script_text_files[there], BASE_SLICE_ARGS(key));
  }
  return BASE_OK;
}

base_code script_text_check(const script_texts *texts, const char *package, base_error *error) {
  BASE_TRY(check_one(texts, BASE_ZH, BASE_EN, package, error));
  return check_one(texts, BASE_EN, BASE_ZH, package, error);
}

/* --- filling in ---------------------------------------------------------------------------------- */

static bool is_name(const char *from, const char *end) {
  for (; from < end; from++) {
    bool letter = (*from >= 'a' && *from <= 'z') || (*from >= '0' && *from <= '9') || *from == '_';
    if (!letter) return false;
  }
  return true;
}

static void add_value(lua_State *lua, luaL_Buffer *out, int values, const char *name, size_t size) {
  lua_pushlstring(lua, name, size);
  if (values == 0 || lua_istable(lua, values) == 0) {
    luaL_error(lua, "the text needs a value for {%s}", lua_tostring(lua, -1));
  }
  lua_pushvalue(lua, -1);
  if (lua_rawget(lua, values) == LUA_TNIL) {
    luaL_error(lua, "the text needs a value for {%s}", lua_tostring(lua, -2));
  }
  script_globals_push_text(lua, -1);
  lua_replace(lua, -3);
  lua_pop(lua, 1);
  luaL_addvalue(out);
}

static void push_filled(lua_State *lua, base_slice text, int values) {
  const char *at = (const char *)text.data;
  const char *end = at + text.size;
  luaL_Buffer out;
  luaL_buffinit(lua, &out);
  while (at < end) {
    const char *close = *at == '{' ? memchr(at, '}', (size_t)(end - at)) : NULL;
    if (close != NULL && close > at + 1 && is_name(at + 1, close)) {
      add_value(lua, &out, values, at + 1, (size_t)(close - at) - 1);
      at = close + 1;
    } else {
      luaL_addchar(&out, *at);
      at++;
    }
  }
  luaL_pushresult(&out);
}

void script_text_push(lua_State *lua, base_language language, const char *key, int values,
                      bool literal) {
  const script_texts *texts = &script_state_of(lua)->package->texts;
  data_value text;
  if (!data_map_find(texts->of[language], key, &text)) {
    if (!literal) luaL_error(lua, "%s.lua has no text '%s'", script_text_files[language], key);
    text.as.bytes = base_slice_text(key);
  }
  script_state_charge(lua, text.as.bytes.size);
  push_filled(lua, text.as.bytes, values);
}
