-- What a package may name: exactly what the sandbox has (docs/lua-api.md, “What Lua there is”).
stds.haoke = {
  read_globals = {
    "assert", "error", "ipairs", "next", "pairs", "pcall", "select", "tonumber", "tostring", "type",
    "xpcall",
    crm = { fields = {
      "cadence", "list", "null", "package", "require", "workflow",
      date = { fields = {
        "add", "days_between", "from_lunar", "lunar", "lunar_birthday", "max", "min", "weekday",
      } },
    } },
    math = { fields = {
      "abs", "ceil", "floor", "fmod", "max", "maxinteger", "min", "mininteger", "tointeger", "type",
    } },
    string = { fields = {
      "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "rep", "reverse",
      "sub", "upper",
    } },
    table = { fields = { "concat", "insert", "remove", "sort", "unpack" } },
    utf8 = { fields = { "char", "codepoint", "codes", "len", "offset" } },
  },
}

-- Besides, in a package's test.lua.
stds.haoke_test = { read_globals = { crm = { fields = { "test", "test_on" } } } }

std = "haoke"
max_line_length = 100
files["**/test.lua"].std = "haoke+haoke_test"
files["**/test_*.lua"].std = "haoke+haoke_test"
exclude_files = { "**/types" } -- annotations for editors, not a package
