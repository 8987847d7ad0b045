"""Non-interference: what a user may not see does not show.

Two servers live through the same: the same records, users, roles, shares and requests, with the clock
standing still. In the one there are records that the user may not see, and fields whose values she may not
see; in the other those records were purged again, so that numbers and sequences are the same, and those
fields hold something else. Then every op that she may call answers the same in both: result, cursor,
error. docs/security.md lists what may differ all the same.

Policies, records and requests are random and follow from a seed. HAOKE_INTERFERENCE_ROUNDS=2000 is the long
form, HAOKE_INTERFERENCE_SEED another beginning; a failure names its seed, and one round of that seed shows
it again.
"""

import os
import random
import re

import msgpack
import pytest

import packages
from client import RpcError
from server import ROOT, Server

ROUNDS = int(os.environ.get("HAOKE_INTERFERENCE_ROUNDS", "16"))
SEED = int(os.environ.get("HAOKE_INTERFERENCE_SEED", "20260307"))
ROUNDS_OF_A_STORE = 8  # then a new one: journals grow; in every other one reads are logged
ROUNDS_FOR_A_MUTANT = 60
REQUESTS = 45
MUTANTS = sorted({name for path in (ROOT / "core").rglob("*.c")
                  for name in re.findall(r'base_mutant\("((?:model|api)\.\w+)"\)', path.read_text())})

# A type that says itself what is seen of it, one that nobody sees, and reports over them.
PACKAGE = """
return crm.package {
  name = "vault", version = "1.0.0",
  types = {
    case = {
      label = { zh = "案件", en = "case" }, title = "name", visible = { about = { ne = "$user" } },
      fields = {
        { name = "name", kind = "text", required = true, search = true, index = true },
        { name = "about", kind = "text" },
        { name = "owner", kind = "text", index = true },
        { name = "kind", kind = "choice", choices = { "a", "b", "c" }, index = true },
        { name = "region", kind = "tree", index = true },
        { name = "code", kind = "text", unique = true },
        { name = "note", kind = "text", search = true },
        { name = "amount", kind = "integer" },
        { name = "customer", kind = "reference", to = "customer", index = true },
        { name = "parts", kind = "list", of = "map", fields = {
          { name = "text", kind = "text" }, { name = "case", kind = "reference", to = "case" } } },
      },
      indexes = { by_kind = { fields = { "kind", "amount" }, keeps = { "name", "owner", "about" } } },
    },
    filler = {
      label = { zh = "填充", en = "filler" }, visible = { id = 0 },
      fields = { { name = "count", kind = "integer" } },
    },
  },
  ops = {
    ["case.report"] = {
      doc = "Counts and names.", params = { { name = "kind", kind = "text" } },
      run = function(ctx, params)
        local items, names = ctx:find("case", { where = { kind = params.kind }, order = "-amount" }), {}
        for i, one in ipairs(items) do names[i] = one.name .. (one.note or "") .. (one.amount or "") end
        return { count = ctx:count("case"), names = names }
      end,
    },
    ["case.touch"] = {
      write = true, doc = "Writes to one.", params = { { name = "id", kind = "integer", required = true } },
      run = function(ctx, params)
        local one = ctx:get("case", params.id)
        return ctx:update("case", params.id, { note = (one.note or "") .. "!" })
      end,
    },
  },
}
"""

# In every other store reads of cases are logged (ARC-15): the log tells no more than the reads did.
WITNESS = """
return crm.package {
  name = "witness", version = "1.0.0", needs = { "vault" },
  types = { case = { extends = true, log_reads = true, fields = { { name = "seen", kind = "text" } } } },
}
"""

USER, OTHERS = "李静", ["周强", "陈主管"]
PEOPLE = [USER] + OTHERS
REGIONS = ["山东", "山东/济南", "山东/青岛", "河南", "河南/郑州"]
WORDS = ["王秀兰", "赵建国", "孙梅", "机油", "换油", "异响"]
SECRETS = ["欠款", "离职", "保密"]

# Of each type: fields and values for them, and which of the fields may be veiled.
TYPES = {
    "case": {"name": WORDS, "about": PEOPLE, "owner": PEOPLE, "kind": ["a", "b", "c"], "region": REGIONS,
             "note": SECRETS, "amount": [1, 2, 3]},
    "customer": {"name": WORDS, "owner": PEOPLE, "region": REGIONS, "address": SECRETS},
    "contact": {"name": WORDS, "role": ["钱", "权", "需"], "department": SECRETS},
    "activity": {"owner": PEOPLE, "kind": ["phone", "visit", "sms"], "content": SECRETS},
    "task": {"title": WORDS, "owner": PEOPLE, "kind": ["revisit", "call"]},
}
VEILED = {"case": ["note", "amount"], "customer": ["address"], "contact": ["department"],
          "activity": ["content"], "task": []}
REFERS = {"case": False, "customer": False, "contact": True, "activity": True, "task": True}

# Not asked: what tells of the process and not of records, what changes the session or waits for others.
LEFT_OUT = re.compile(r"(server|session|auth|clock|event\.(un)?subscribe|package|plugin|api|import|job\.cancel"
                      r"|upgrade|backup)\b")
HIDDEN = 2  # of a masked field (1) parts are shown, and eq is answered

# What may be told: that there is something, but not what.
DISCLOSED = {"DUPLICATE", "REFERENCE_IN_USE"}


class Pair:
    """The server with what is hidden, and the one without."""

    def __init__(self, folder, mutant=None, logged=False):
        self.logged = logged
        enabled = ["vault", "witness"] if logged else ["vault"]
        environment = {} if mutant is None else {"HAOKE_MUTANT": mutant}
        self.servers = [Server(configuration={"packages": {"enable": enabled}},
                               test_clock="2026-03-07T09:00:00+08:00", environment=environment,
                               arguments=["--packages", str(folder)]) for _ in range(2)]
        self.admins = []
        for server in self.servers:
            server.start()
            admin = server.connect()
            admin.call("session.hello", client="test", errors="map", lang="en")
            self.admins.append(admin)
        self.both("record.create", type="filler", values={"count": 0})
        self.fillers = 0
        for name in OTHERS:
            self.both("role.define", name="staff")
            self.both("user.create", user=name, password="Kx7-trübe-Gasse", roles=["staff"])

    def both(self, op, /, **params):
        first, second = (admin.call(op, **params) for admin in self.admins)
        return first, second

    def fill(self, which):
        """An entry that nobody sees, on one of them."""
        self.fillers += 1
        self.admins[which].call("record.update", type="filler", id=1, values={"count": self.fillers})

    def close(self):
        for admin in self.admins:
            admin.close()
        try:
            for server in self.servers:
                server.stop()
        finally:
            for server in self.servers:
                server.kill()
                server.remove()


# --- policies -----------------------------------------------------------------------------------------


class Policy:
    """Rows of one or two roles, and an own judgement of what they let the user see."""

    def __init__(self, dice):
        self.dice = dice
        self.roles = [self.role() for _ in range(dice.choice([1, 1, 2]))]
        self.region = dice.choice([None, "山东", "河南"])
        self.veils = self.find_veils()

    def role(self):
        rows = []
        for type in TYPES:
            if self.dice.random() < 0.25:
                continue
            veils = {name: self.dice.choice(["hidden"] * 5 + ["masked", "readonly"])
                     for name in VEILED[type] if self.dice.random() < 0.9}
            veils = {name: "hidden" if veil == "masked" and name == "amount" else veil
                     for name, veil in veils.items()}
            actions = ["read"] + [a for a in ("create", "update", "delete") if self.dice.random() < 0.6]
            row = {"type": type, "actions": actions, "fields": veils}
            if self.dice.random() < 0.85:
                row["where"] = self.where(type)
            rows.append(row)
        return rows

    def where(self, type):
        fields = TYPES[type]
        where = {}
        if "owner" in fields and self.dice.random() < 0.5:
            where["owner"] = "$user"
        if "region" in fields and self.dice.random() < 0.3:
            where["region"] = {"under": "$region"}
        if "kind" in fields and self.dice.random() < 0.3:
            where["kind"] = {"in": self.dice.sample(fields["kind"], 2 if len(fields["kind"]) > 2 else 1)}
        if "name" in fields and (not where or self.dice.random() < 0.2):
            where["name"] = {"ne": self.dice.choice(WORDS)}
        if "role" in fields and self.dice.random() < 0.5:
            where["role"] = self.dice.choice(fields["role"])
        return where

    def find_veils(self):
        """The widest of what the roles leave of each field."""
        order = {None: 0, "readonly": 0, "masked": 1, "hidden": HIDDEN}
        veils = {}
        for type, names in VEILED.items():
            for name in names:
                said = []
                for rows in self.roles:
                    mine = [row for row in rows if row["type"] == type]
                    said += [order[row["fields"].get(name)] for row in mine] or [0]
                if min(said) > 0:
                    veils[type, name] = min(said)
        return veils

    def holds(self, where, record):
        for name, test in where.items():
            value = record.get(name)
            if test == "$user":
                good = value == USER
            elif not isinstance(test, dict):
                good = value == test
            elif "under" in test:
                good = (self.region is not None and value is not None
                        and (value + "/").startswith(self.region + "/"))
            elif "in" in test:
                good = value in test["in"]
            else:
                good = value != test["ne"]
            if not good:
                return False
        return True

    def sees(self, type, record):
        if type == "case" and record.get("about") == USER:
            return False
        for rows in self.roles:
            mine = [row for row in rows if row["type"] == type]
            if not mine or any(self.holds(row.get("where", {}), record) for row in mine):
                return True
        return False


# --- stores -------------------------------------------------------------------------------------------


def difference(a, b, path=""):
    """Where two answers first differ, and what is there in each."""
    if isinstance(a, dict) and isinstance(b, dict) and list(a) == list(b):
        for key in a:
            if msgpack.packb(a[key]) != msgpack.packb(b[key]):
                return difference(a[key], b[key], f"{path}.{key}")
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)) and len(a) == len(b):
        for at, (one, two) in enumerate(zip(a, b)):
            if msgpack.packb(one) != msgpack.packb(two):
                return difference(one, two, f"{path}[{at}]")
    return path, a, b


class Round:
    """One policy, the records it is held against, and the requests of the user."""

    def __init__(self, pair, seed):
        self.pair, self.dice = pair, random.Random(seed)
        self.policy = Policy(self.dice)
        while not any(self.is_seen("customer", self.values("customer")) for _ in range(100)):
            self.policy = Policy(self.dice)  # there is nothing to ask about
        self.seen, self.hidden = [], []  # (type, id)
        self.customers = []
        self.linked = set()

    def set_up(self):
        pair, policy = self.pair, self.policy
        for number, rows in enumerate(policy.roles):
            pair.both("role.define", name=f"role{number}", permissions=rows)
        roles = [f"role{number}" for number in range(len(policy.roles))]
        known, _ = pair.both("record.find", type="user", where={"name": USER})
        if not known["items"]:
            pair.both("user.create", user=USER, password="Kx7-trübe-Gasse", roles=roles)
            known, _ = pair.both("record.find", type="user", where={"name": USER})
        pair.both("record.update", type="user", id=known["items"][0]["id"],
                  values={"roles": roles, "region": policy.region})
        self.clients = []
        for server in pair.servers:
            client = server.connect()
            client.call("session.become", user=USER)
            client.call("session.hello", client="test", errors="map", lang="en")
            # How many entries one page of a subscription has is a matter of time, and so is what of it is
            # logged in one row.
            types = {"types": [type for type in TYPES if type != "case"] + ["product"]} if pair.logged else {}
            self.begun = client.call("event.subscribe", **types)["after"]
            self.clients.append(client)
        self.add("customer", hide=False)
        for _ in range(14):
            self.add(self.dice.choice(list(TYPES)))
        for _ in range(3):
            self.link()
        if self.dice.random() < 0.4 and self.seen:
            type, number = self.dice.choice(self.seen)
            pair.both("record.share", type=type, id=number, user=USER,
                      level=self.dice.choice(["read", "write"]))

    def values(self, type):
        values = {name: self.dice.choice(choices) for name, choices in TYPES[type].items()
                  if name in ("name", "title") or self.dice.random() < 0.7}
        if REFERS[type]:
            values["customer"] = self.dice.choice(self.customers)
        return values

    def is_seen(self, type, values):
        return self.policy.sees(type, {"kind": "phone" if type == "activity" else None, **values})

    def add(self, type, hide=True):
        """One record in both, or one that only the first keeps."""
        values = self.values(type)
        while not hide and not self.is_seen(type, values):
            values = self.values(type)
        if self.is_seen(type, values):
            other = {**values, **{name: self.other(values[name]) for name in values
                                  if self.policy.veils.get((type, name)) == HIDDEN}}
            admin, twin = self.pair.admins
            made = admin.call("record.create", type=type, values=values)
            same = twin.call("record.create", type=type, values=other)
            assert made["id"] == same["id"]
            self.seen.append((type, made["id"]))
            if type == "customer":
                self.customers.append(made["id"])
            return
        if not hide:
            return
        # Where it is not: it was never there but for its number.
        if type == "customer":
            values["phone"] = f"139-{self.dice.randrange(10000):04}-0001"
        if type == "case":
            values["code"] = f"K{self.dice.randrange(100000)}"
        made, _ = self.pair.both("record.create", type=type, values=values)
        self.pair.admins[1].call("record.delete", type=type, id=made["id"])
        self.pair.admins[1].call("record.purge", type=type, id=made["id"])
        self.pair.admins[0].call("record.update", type=type, id=made["id"],
                                 values=self.change(type))
        self.pair.fill(0)
        self.hidden.append((type, made["id"]))

    def change(self, type):
        """Something that does not make it seen."""
        return {"case": {"note": "改过"}, "customer": {"address": "改过"}, "contact": {"department": "改过"},
                "activity": {"content": "改过"}, "task": {"due_on": "2026-04-01"}}[type]

    @staticmethod
    def other(value):
        return value + 10 if isinstance(value, int) else value + "另"

    def link(self):
        """A link, of which one end may be hidden: then the second server gets something else."""
        if len(self.seen) < 2:
            return
        one = self.dice.choice(self.seen)
        two = self.dice.choice(self.seen + self.hidden)
        if one == two or (one, two) in self.linked:
            return  # what is linked already writes no entry
        self.linked.add((one, two))
        params = {"type": one[0], "id": one[1], "name": self.dice.choice(["邻居", "介绍人"]),
                  "to_type": two[0], "to_id": two[1]}
        self.pair.admins[0].call("record.link", **params)
        if two in self.seen:
            self.pair.admins[1].call("record.link", **params)
        else:
            self.pair.fill(1)

    # --- requests -------------------------------------------------------------------------------------

    def where(self, type):
        fields = TYPES[type]
        where = {}
        for name in self.dice.sample(list(fields), min(len(fields), self.dice.choice([0, 1, 1, 2]))):
            value = self.dice.choice(fields[name])
            where[name] = self.dice.choice([value, {"ne": value}, {"in": [value]}, {"ge": value},
                                            {"is_null": self.dice.random() < 0.5}])
        if self.dice.random() < 0.15:
            where = {"any": [where, {"id": {"le": self.dice.randrange(1, 40)}}]}
        return where

    def number(self, type):
        own = [number for kind, number in self.seen + self.hidden if kind == type]
        return self.dice.choice(own + [1, 999999])

    def param(self, op, name, kind, type):
        dice = self.dice
        if name in ("id", "into", "to_id", "from"):
            return self.number(type)
        if name in ("type", "to_type"):
            return type
        if name == "customer":
            return self.number("customer")
        if name in ("types",):
            return dice.sample(list(TYPES), dice.choice([1, 2]))
        if name == "where":
            return self.where(type)
        if name == "order":
            return [dice.choice(["", "-"]) + dice.choice(list(TYPES[type]))]
        if name == "fields":
            return dice.sample(list(TYPES[type]), 2) + ["id"]
        if name == "group":
            return dice.choice(list(TYPES[type]))
        if name == "values":
            return {key: value for key, value in self.values(type).items() if dice.random() < 0.7}
        if name == "text":
            return dice.choice(WORDS + SECRETS + ["139", "wxl", "另"])
        if name == "limit":
            return dice.choice([1, 2, 3, 50])
        if name == "lines":
            return [{"product": 1, "quantity": 1}]
        if name == "calls":
            return [self.request("record.get"), self.request("record.update"), self.request("record.count")]
        if name in ("user", "owner", "actor"):
            return dice.choice(PEOPLE)
        if kind in ("integer", "reference", "money"):
            return dice.choice([0, 1, 2])
        return {"boolean": dice.random() < 0.5, "date": "2026-03-08", "map": {}, "list": [],
                "datetime": 1772848800000}.get(kind, dice.choice(WORDS))

    def request(self, name):
        """An op with params, of which some are left out."""
        op = self.ops[name]
        type = self.dice.choice(list(TYPES))
        params = {}
        for field in op["params"]:
            if field["name"] == "after":
                if name in ("journal.read", "event.read"):
                    params["after"] = self.begun
                continue
            if not field.get("required") and self.dice.random() < 0.5:
                continue
            if field.get("choices"):
                params[field["name"]] = self.dice.choice(field["choices"])
            else:
                params[field["name"]] = self.param(name, field["name"], field["kind"], type)
        return {"op": name, "params": params}

    def find_ops(self):
        described = self.clients[0].call("api.describe")["ops"]
        self.ops = {op["name"]: op for op in described
                    if not {"admin", "open", "session", "control", "steps", "alone"} & set(op["flags"])
                    and not LEFT_OUT.match(op["name"])}

    def ask(self, name, params):
        """Both answers as bytes, and the answers."""
        told = []
        for client in self.clients:
            try:
                told.append((None, client.call(name, **params)))
            except RpcError as error:
                told.append((error.raw, None))
        return told

    def compare(self, name, params):
        a, b = self.ask(name, params)
        if msgpack.packb(a) == msgpack.packb(b):
            return a[1]
        error = a[0]
        hidden = {str(number) for type, number in self.hidden if number != params.get("id")}
        told = error is not None and error["code"] in DISCLOSED and not error.get("data") and hidden.isdisjoint(
            re.findall(r"\d+", error["message"]))
        where, one, two = difference(a, b)
        assert told, f"{name} {params} differs at {where}: {one} and {two}; hidden {self.hidden}; " \
                     f"roles {self.policy.roles}"
        return None

    def ask_all(self):
        self.find_ops()
        likely = [name for name in self.ops if name.split(".")[0] in ("record", "case", "event", "journal",
                                                                     "export", "customer", "task", "batch")]
        names = [self.dice.choice(likely) for _ in range(REQUESTS - 10)]
        names += [self.dice.choice(list(self.ops)) for _ in range(10)]
        for name in names:
            call = self.request(name)
            params = call["params"]
            if "write" in self.ops[name]["flags"]:
                params["dry_run"] = True
            answer = self.compare(name, params)
            # The pages behind it: the last is where what is hidden would show.
            for _ in range(6):
                following = answer.get("next") if isinstance(answer, dict) else None
                if following is None or "after" not in {f["name"] for f in self.ops[name]["params"]}:
                    break
                params = {**params, "after": following}
                answer = self.compare(name, params)
                if answer is not None and not answer.get("items") and not answer.get("data"):
                    break
        for text in SECRETS + ["另"]:
            self.compare("record.search", {"text": text})
        for type, number in self.hidden + self.seen[:3]:
            for name in ("record.get", "record.history", "record.links", "workflow.explain"):
                self.compare(name, {"type": type, "id": number})

    def compare_events(self):
        """What the subscriptions brought, up to an event that comes to everybody."""
        self.pair.both("record.create", type="product", values={"name": "终"})
        for client in self.clients:
            while not any(params[0]["type"] == "product" for _, params in client.notifications):
                client.read_messages()
        first, second = (client.notifications for client in self.clients)
        where, one, two = difference(first, second)
        assert msgpack.packb(first) == msgpack.packb(second), f"event differs at {where}: {one} and {two}"

    def tear_down(self):
        """The records go from both, so that the next policy finds nothing that differs."""
        for client in self.clients:
            client.close()
        for type, number in reversed(self.hidden):
            self.pair.admins[0].call("record.delete", type=type, id=number)
            self.pair.admins[0].call("record.purge", type=type, id=number)
            self.pair.fill(1)
            self.pair.fill(1)
        for type, number in sorted(self.seen, key=lambda one: one[0] == "customer"):
            self.pair.both("record.delete", type=type, id=number)
            self.pair.both("record.purge", type=type, id=number)

    def run(self):
        self.set_up()
        self.ask_all()
        self.compare_events()
        self.tear_down()


def run_rounds(folder, seeds, mutant=None):
    pair = None
    try:
        for count, seed in enumerate(seeds):
            if count % ROUNDS_OF_A_STORE == 0:
                if pair is not None:
                    pair.close()
                pair = Pair(folder, mutant, logged=mutant is None and count // ROUNDS_OF_A_STORE % 2 == 0)
            try:
                Round(pair, seed).run()
            except AssertionError as difference:
                raise AssertionError(f"HAOKE_INTERFERENCE_SEED={seed}: {difference}") from difference
    finally:
        if pair is not None:
            pair.close()


@pytest.fixture(name="folder", scope="module")
def folder_fixture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packages")
    packages.write(folder, vault__init=PACKAGE, witness__init=WITNESS)
    return folder


def test_what_is_hidden_does_not_show(folder):
    run_rounds(folder, range(SEED, SEED + ROUNDS))


@pytest.mark.parametrize("mutant", MUTANTS)
def test_it_would_be_found(folder, mutant):
    """A server that leaves out one of the checks is told from one that does not."""
    with pytest.raises(AssertionError, match="HAOKE_INTERFERENCE_SEED"):
        run_rounds(folder, range(SEED, SEED + ROUNDS_FOR_A_MUTANT), mutant)
