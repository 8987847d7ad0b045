"""The command line, and folders of packages, for tests that speak for authors of packages."""

import os
import subprocess

from server import BINARY

SECONDS = 60


def haoke(*arguments, cwd=None, lang="en_US.UTF-8", **variables):
    environment = {"PATH": os.environ["PATH"], "LC_ALL": lang, **variables}
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, cwd=cwd,
                          timeout=SECONDS, env=environment, check=False)


def write(folder, **files):
    """Writes Lua files; in their names __ stands for a slash."""
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".lua")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
