"""Writes the corpus of package_fuzz: the packages there are, cut down, and manifests with each fault."""

import pathlib

CORPUS = pathlib.Path(__file__).parent / "corpus" / "package"
SCRIPTS = pathlib.Path(__file__).parents[2] / "scripts"

HEAD = "return crm.package { name = 'probe', version = '1.0.0', doc = 'A probe.', "

PARTS = {
    "empty": "",
    "types": "types = { probe_note = { label = { zh = '便条', en = 'note' }, fields = {"
             " { name = 'text', kind = 'text', required = true, max = 200 },"
             " { name = 'state', kind = 'states', choices = { 'open', 'done' },"
             "   transitions = { { from = 'open', to = 'done' } } } } } }",
    "extend": "types = { customer = { extends = true, fields = {"
              " { name = 'probe_hobby', kind = 'text' } } } }",
    "ops": "ops = { ['probe.get'] = { doc = 'Gets.', params = { { name = 'id', kind = 'integer' } },"
           " run = function(ctx, params) return ctx:get('customer', params.id) end } }",
    "rules": "rules = { first = { type = 'customer', on = { 'create' }, moment = 'before',"
             " where = { kind = 'company' }, run = function(ctx, change) end } }",
    "config": "config = { { name = 'days', kind = 'integer', default = '5', min = 1, max = 9 } }",
    "needs": "needs = { 'sales' }",
    "jobs": "jobs = { nightly = { every = 'FREQ=DAILY', at = '02:00', run = function() end } }",
    "segments": "segments = { loyal = { type = 'customer', where = { order_count = { ge = 5 } } } }",
    "unknown": "opz = {}",
    "wrong-kind": "types = 5",
    "wrong-name": "types = { ['Probe Note'] = { fields = {} } }",
}

TEXTS = {
    "nothing": "",
    "no-manifest": "return 5",
    "syntax": "return crm.package {",
    "endless": "while true do end",
    "memory": "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) end",
    "recursion": "local function f() return f() + 1 end return f()",
    "global": "x = 1",
    "bytecode": "\x1bLua",
    "other-name": "return crm.package { name = 'other', version = '1', doc = 'x' }",
    "require": "return require 'probe.missing'",
    "i18n": HEAD + "}\0return { no_stock = '库存不足：{name}' }",
    "i18n-wrong": HEAD + "}\0return 7",
}


def main() -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    for old in CORPUS.iterdir():
        old.unlink()
    for name, part in PARTS.items():
        (CORPUS / f"part-{name}").write_text(HEAD + part + " }\n")
    for name, text in TEXTS.items():
        (CORPUS / name).write_text(text)
    for init in sorted(SCRIPTS.glob("*/init.lua")):
        (CORPUS / f"package-{init.parent.name}").write_bytes(init.read_bytes()[:4000])


if __name__ == "__main__":
    main()
