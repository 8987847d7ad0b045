"""The states that the READMEs of packages draw are those that the server has."""

import re

import pytest

from packages import haoke
from server import ROOT

PACKAGES = sorted(path.parent.name for path in (ROOT / "scripts").glob("*/README.md"))
DIAGRAM = re.compile(r"```mermaid\n(stateDiagram-v2\n  %% (\w+)\.(\w+)\n.*?)```", re.DOTALL)


def diagrams(package):
    text = (ROOT / "scripts" / package / "README.md").read_text()
    return DIAGRAM.findall(text)


@pytest.mark.parametrize("package", [name for name in PACKAGES if diagrams(name)])
def test_states_are_drawn_as_they_are(start_server, package):
    server = start_server(configuration={"packages": {"enable": [package]}},
                          test_clock="2026-01-05T09:00:00+08:00")
    for drawn, kind, field in diagrams(package):
        printed = haoke("describe", "--states", kind, "--data", server.data)
        assert printed.returncode == 0, printed.stderr
        assert drawn in printed.stdout + "\n", f"{package}: {kind}.{field} is now\n{printed.stdout}"


def test_there_are_drawings():
    assert any(diagrams(package) for package in PACKAGES)
