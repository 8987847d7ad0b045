"""An installed Haoke, and plugins built against nothing else."""

import os
import pathlib
import subprocess

import pytest

from server import BINARY


def run(*command, **environment):
    """Runs a program to its end; its output."""
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **environment},
        timeout=120,
        text=True,
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}"
    return done.stdout


class Installed:
    """What `cmake --install` puts under a prefix."""

    def __init__(self, prefix):
        self.prefix = prefix
        run("cmake", "--install", pathlib.Path(BINARY).parent, "--prefix", prefix)

    def pkg_config(self, *words):
        return run(
            "pkg-config", *words, "haoke", PKG_CONFIG_PATH=str(self.prefix / "lib" / "pkgconfig")
        ).split()

    def compile(self, output, *sources, definitions=()):
        """With a compiler and pkg-config alone."""
        flags = ["-std=c11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-Wall", "-Werror"]
        run("cc", *flags, *self.pkg_config("--cflags"), *definitions, *sources, "-o", output)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    return Installed(tmp_path_factory.mktemp("installed") / "opt" / "haoke")
