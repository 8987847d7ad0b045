/* arguments_fuzz: any values as what a script hands to a function of Haoke's. The first byte says which
 * function, the rest is a msgpack array of arguments. Whatever comes, the call ends, with a result that
 * is well formed or with an error; and what a script is given it can give back unchanged. */
#include "fuzz.h"

#include "script/script.h"

static const char source[] =
    "local calls = {\n"
    "  function(ctx, ...) return ctx:get(...) end,\n"
    "  function(ctx, ...) return ctx:find(...) end,\n"
    "  function(ctx, ...) return ctx:count(...) end,\n"
    "  function(ctx, ...) return ctx:create(...) end,\n"
    "  function(ctx, ...) return ctx:update(...) end,\n"
    "  function(ctx, ...) return ctx:delete(...) end,\n"
    "  function(ctx, ...) return ctx:call(...) end,\n"
    "  function(ctx, ...) return ctx:at(...) end,\n"
    "  function(ctx, ...) return ctx:after(...) end,\n"
    "  function(ctx, ...) return ctx:cancel(...) end,\n"
    "  function(ctx, ...) return ctx:fail(...) end,\n"
    "  function(ctx, ...) return ctx:text(...) end,\n"
    "  function(ctx, ...) return ctx:instant(...) end,\n"
    "  function(ctx, ...) return ctx:working_day(...) end,\n"
    "  function(ctx, ...) return ctx:working_days(...) end,\n"
    "  function(ctx, ...) return string.format(...) end,\n"
    "  function(ctx, ...) return string.find(...) end,\n"
    "  function(ctx, ...) return string.gsub(...) end,\n"
    "  function(ctx, ...) return string.rep(...) end,\n"
    "  function(ctx, ...) return string.byte(...) end,\n"
    "  function(ctx, ...) return table.concat(...) end,\n"
    "  function(ctx, ...) return table.insert(...) end,\n"
    "  function(ctx, ...) return table.remove(...) end,\n"
    "  function(ctx, ...) return table.sort(...) end,\n"
    "  function(ctx, ...) return table.unpack(...) end,\n"
    "  function(ctx, ...) return crm.date(...) end,\n"
    "  function(ctx, ...) return crm.list(...) end,\n"
    "  function(ctx, ...) return tostring(...) end,\n"
    "  function(ctx, ...) return pcall(ctx.find, ctx, ...) end,\n"
    "}\n"
    "return crm.package {\n"
    "  name = 'probe', version = '1.0.0', doc = 'Calls what it is told to.',\n"
    "  ops = {\n"
    "    ['probe.call'] = { write = true, doc = 'Calls.',\n"
    "      params = { { name = 'which', kind = 'integer', required = true },\n"
    "                 { name = 'arguments', kind = 'any' } },\n"
    "      run = function(ctx, params)\n"
    "        local given = params.arguments\n"
    "        local call = calls[params.which % #calls + 1]\n"
    "        if type(given) ~= 'table' then return {} end\n"
    "        return { value = call(ctx, table.unpack(given)) }\n"
    "      end },\n"
    "    ['probe.echo'] = { doc = 'Gives back.', params = { { name = 'value', kind = 'any' } },\n"
    "      run = function(ctx, params) return { value = params.value } end },\n"
    "  },\n"
    "}\n";

static const data_limits limits = {.bytes = 8192, .depth = 16, .items = 2000, .map_entries = 500};

static void open_server(void) {
  static const script_limits budget = {
      .milliseconds = 2000, .memory = (size_t)8 << 20, .instructions = 1000000};
  base_error error = {.language = BASE_EN};
  base_buffer bundle = {0};
  api_package *package = NULL;
  data_append_map(&bundle, 1);
  data_append_pair_text(&bundle, "init", source);
  base_code code =
      script_package_reopen("probe", base_buffer_slice(&bundle), &budget, &package, &error);
  fuzz_require(code == BASE_OK, error.message);
  base_buffer_fini(&bundle);
  fuzz_server_open(package);
}

static base_code call(const char *op, const base_buffer *params, base_buffer *result) {
  api_session session = fuzz_session();
  base_error error = {.language = BASE_EN};
  base_code code =
      api_engine_call(fuzz_shop.engine, &session, op, base_buffer_slice(params), result, &error);
  fuzz_require(code == BASE_OK || error.message[0] != '\0', "refused without a word");
  fuzz_require(code != BASE_INTERNAL, error.message);
  base_error wrong = {.language = BASE_EN};
  const data_limits wide = {
      .bytes = (size_t)64 << 20, .depth = 64, .items = 10000000, .map_entries = 1000000};
  fuzz_require(
      code != BASE_OK || data_scan_whole(base_buffer_slice(result), wide, &wrong) == BASE_OK,
      "a result is not well formed");
  return code;
}

static void run(uint8_t which, base_slice arguments) {
  base_buffer params = {0};
  base_buffer result = {0};
  data_append_map(&params, 2);
  data_append_pair_integer(&params, "which", which);
  data_append_text(&params, "arguments");
  data_append_raw(&params, arguments);
  (void)call("probe.call", &params, &result);
  base_buffer_fini(&params);
  base_buffer_fini(&result);
}

static base_code echo(base_slice value, base_buffer *result) {
  base_buffer params = {0};
  data_append_map(&params, 1);
  data_append_text(&params, "value");
  data_append_raw(&params, value);
  base_code code = call("probe.echo", &params, result);
  base_buffer_fini(&params);
  return code;
}

/* What Lua has no place for (nil in a list, say) is lost the first time, and nothing more the second. */
static void give_back(base_slice value) {
  base_buffer first = {0};
  base_buffer second = {0};
  data_value given = {0};
  if (echo(value, &first) == BASE_OK) {
    bool kept = data_map_find(base_buffer_slice(&first), "value", &given);
    if (kept) {
      fuzz_require(echo(given.raw, &second) == BASE_OK, "what a script gave cannot be given it");
      fuzz_require(base_slice_equal(base_buffer_slice(&first), base_buffer_slice(&second)),
                   "giving back changes a value");
    }
  }
  base_buffer_fini(&first);
  base_buffer_fini(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  base_error error = {.language = BASE_EN};
  if (fuzz_shop.engine == NULL) open_server();
  if (size < 2) return 0;
  fuzz_server_rest();
  base_slice copy = fuzz_copy(data + 1, size - 1);
  if (data_scan_whole(copy, limits, &error) == BASE_OK) {
    run(data[0], copy);
    give_back(copy);
  }
  fuzz_free(copy);
  return 0;
}
