"""layers: include arrows point down, guests stay in their rooms, doors do not know one another.

Rooms enter one another by the door core/<room>/<room>.h; base's headers are free. No circles.
"""

import re

import source

BELOW = {
    "base": "",
    "io": "base",
    "data": "base",
    "store": "data base",
    "model": "store data base",
    "api": "model store data io base",
    "rpc": "api model store data io base",
    "script": "api model store data io base",
    "loader": "api model store data io base",
    "server": "rpc script loader api model store data io base",
}
GUESTS = {
    "uv.h": "io",
    "lmdb.h": "store",
    "lua.h": "script",
    "lauxlib.h": "script",
    "lualib.h": "script",
    "msgpack.h": "data",
    "msgpack/": "data",
    "unicode/": "data",
    "libical/": "data",
    "csv.h": "data",
    "sodium.h": "base",
    "sodium/": "base",
    "uthash.h": "base",
    "utlist.h": "base",
    "jansson.h": "server",
    "editline/readline.h": "server",
    "editline/": "server",
    "histedit.h": "server",
    "dlfcn.h": "loader",
    "openssl/": "io",
}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def includes(path):
    """(line, quote, name) of each include."""
    text = source.read(path)
    return [(text.count("\n", 0, found.start()) + 1, found.group(1), found.group(2))
            for found in INCLUDE.finditer(text)]


def room_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "core" and parts[1] in BELOW else None


def check_room(room, name):
    """Why a file of `room` may not include core's `name`; None when it may."""
    target = name.split("/")[0]
    if name == "crm/plugin.h":
        return None if room == "loader" else "only the loader may see the plugin ABI"
    if target not in BELOW or "/" not in name:
        return "is not a header of a room"
    if target == room or target == "base" and room in BELOW:
        return None
    if target not in BELOW[room].split():
        return f"points up or sideways: {room} may see {BELOW[room] or 'nothing'}"
    if name != f"{target}/{target}.h":
        return f"is inside its room: include {target}/{target}.h"
    return None


def check_guest(room, name):
    for guest, home in GUESTS.items():
        if (name == guest or guest.endswith("/") and name.startswith(guest)) and room != home:
            return f"is a guest of {home} only"
    return None


def check_file(path):
    room = room_of(path)
    findings = []
    for line, quote, name in includes(path):
        if room is None:
            plugin = path.startswith("plugins/") and quote == '"' and name.split("/")[0] in BELOW
            reason = "is not for plugins: crm/plugin.h is all they see" if plugin else None
        elif quote == '"':
            reason = check_room(room, name)
        else:
            reason = check_guest(room, name)
        if reason:
            findings.append(f"{path}:{line}: {name} {reason}")
    return findings


def find_circle(graph):
    """The first circle of includes as a list of paths, or None."""
    state = {}

    def visit(path, way):
        state[path] = "open"
        for target in graph.get(path, ()):
            if state.get(target) == "open":
                return way[way.index(target):] + [target]
            circle = None if target in state else visit(target, way + [target])
            if circle:
                return circle
        state[path] = "done"
        return None

    for path in sorted(graph):
        circle = None if path in state else visit(path, [path])
        if circle:
            return circle
    return None


def main():
    paths = [p for p in source.files(".c", ".h") if p.startswith(("core/", "plugins/"))]
    findings = [finding for path in paths for finding in check_file(path)]
    graph = {path: [f"core/{name}" for _, quote, name in includes(path) if quote == '"']
             for path in paths}
    circle = find_circle(graph)
    if circle:
        findings.append(f"{circle[0]}:1: include circle " + " -> ".join(circle))
    source.report(findings, len(paths))


if __name__ == "__main__":
    main()
