/* where_fuzz: any msgpack value as a `where`. The planner with its indexes and the matcher must agree on
 * every record, both must refuse the same, and `any` around a where changes nothing. */
#include "fuzz.h"

#include "server/json.h"

#define RECORDS 12

static const char *const customers[RECORDS] = {
    "{\"name\": \"王秀兰\", \"phone\": \"138-0000-1001\", \"owner\": \"李静\"}",
    "{\"name\": \"张建国\", \"phone\": \"13900001002\", \"birthday\": \"1956-03-07\"}",
    "{\"name\": \"李静\", \"owner\": \"李静\", \"tags\": [\"糖友\", \"老客户\"]}",
    "{\"name\": \"济南好客商贸有限公司\", \"kind\": \"company\", \"region\": \"山东/济南\"}",
    "{\"name\": \"孙伟\", \"email\": \"sun@example.com\", \"referrer\": 1}",
    "{\"name\": \"Zhao\", \"note\": \"a\\\"b\\\\c\", \"parent\": 4}",
    "{\"name\": \"周敏\", \"special\": {\"爱好\": \"书法\"}}",
    "{\"name\": \"吴刚\", \"lunar_birthday\": \"2025-06L-15\"}",
    "{\"name\": \"郑霞\", \"address\": \"济南市历下区泉城路188号\"}",
    "{\"name\": \"钱多\", \"source\": \"referral\"}",
    "{\"name\": \"冯 远\", \"region\": \"山东\"}",
    "{\"name\": \"陈\", \"tags\": []}",
};

static const data_limits limits = {.bytes = 8192, .depth = 12, .items = 2000, .map_entries = 200};

/* Calls the op with {type = customer} and what else is given. */
static base_code call(const char *op, const char *key, base_slice value, base_buffer *result,
                      base_error *error) {
  api_session session = fuzz_session();
  base_buffer params = {0};
  data_append_map(&params, 3);
  data_append_pair_text(&params, "type", "customer");
  data_append_pair_integer(&params, "limit", 100);
  data_append_text(&params, key);
  data_append_raw(&params, value);
  base_code code =
      api_engine_call(fuzz_shop.engine, &session, op, base_buffer_slice(&params), result, error);
  base_buffer_fini(&params);
  return code;
}

static void create(const char *json) {
  api_session session = fuzz_session();
  base_error error = {.language = BASE_EN};
  base_buffer values = {0};
  base_buffer params = {0};
  base_buffer result = {0};
  base_code code = server_json_read(base_slice_text(json), "customer", &values, &error);
  fuzz_require(code == BASE_OK, error.message);
  data_append_map(&params, 2);
  data_append_pair_text(&params, "type", "customer");
  data_append_text(&params, "values");
  data_append_raw(&params, base_buffer_slice(&values));
  code = api_engine_call(fuzz_shop.engine, &session, "record.create", base_buffer_slice(&params),
                         &result, &error);
  fuzz_require(code == BASE_OK, error.message);
  base_buffer_fini(&values);
  base_buffer_fini(&params);
  base_buffer_fini(&result);
}

static void open_server(void) {
  fuzz_server_open(NULL);
  for (size_t i = 0; i < RECORDS; i++) create(customers[i]);
}

/* {any = [where]} */
static base_slice in_any(base_slice where, base_arena *arena) {
  base_buffer out = {0};
  data_append_map(&out, 1);
  data_append_text(&out, "any");
  data_append_array(&out, 1);
  data_append_raw(&out, where);
  base_slice made = base_arena_slice(arena, base_buffer_slice(&out));
  base_buffer_fini(&out);
  return made;
}

/* The ids of the records that match, a bit each. */
static uint64_t ids_of(base_slice items, const model_where *where) {
  uint64_t ids = 0;
  data_walk walk = data_walk_begin(items);
  while (data_walk_next(&walk)) {
    int64_t id = data_map_integer(walk.value.raw, "id", 0);
    fuzz_require(id >= 1 && id <= RECORDS, "a record that nobody made");
    if (where == NULL || model_where_match(where, walk.value.raw)) ids |= (uint64_t)1 << id;
  }
  return ids;
}

static base_slice items_of(const base_buffer *result) {
  data_value items = {0};
  (void)data_map_find(base_buffer_slice(result), "items", &items);
  return items.raw;
}

static void compare(base_slice where, const model_type *type, base_arena *arena) {
  static const uint8_t empty_map[] = {0x80};
  const model_where *compiled = NULL;
  const model_where *wrapped = NULL;
  base_error refused = {.language = BASE_EN};
  base_error error = {.language = BASE_EN};
  base_buffer all = {0};
  base_buffer found = {0};
  base_slice none = base_slice_make(empty_map, sizeof empty_map);
  fuzz_require(call("record.find", "where", none, &all, &error) == BASE_OK, error.message);
  base_code code = model_where_compile(type, where, arena, &compiled, &refused);
  base_code asked = call("record.find", "where", where, &found, &error);
  fuzz_require((code == BASE_OK) == (asked == BASE_OK), "one refuses what the other takes");
  fuzz_require(code == BASE_OK || refused.message[0] != '\0', "refused without a word");
  if (code == BASE_OK) {
    uint64_t ids = ids_of(items_of(&all), compiled);
    fuzz_require(ids_of(items_of(&found), NULL) == ids, "the planner finds other records");
    code = model_where_compile(type, in_any(where, arena), arena, &wrapped, &error);
    bool nests = code == BASE_OK;
    fuzz_require(!nests || ids_of(items_of(&all), wrapped) == ids, "`any` changes the meaning");
  }
  base_buffer_fini(&all);
  base_buffer_fini(&found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  base_error error = {.language = BASE_EN};
  if (fuzz_shop.engine == NULL) open_server();
  base_slice copy = fuzz_copy(data, size);
  if (data_scan_whole(copy, limits, &error) == BASE_OK && data_peek(copy).type == DATA_MAP) {
    const model_schema *schema = api_registry_schema(fuzz_shop.registry);
    base_arena *arena = base_arena_new();
    compare(copy, model_schema_find(schema, base_slice_text("customer")), arena);
    base_arena_free(arena);
  }
  fuzz_free(copy);
  return 0;
}
