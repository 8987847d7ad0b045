"""Small file systems of one's own: in a mount namespace that ends with the process, so that nothing
stays mounted. Where mounting is not allowed the test is skipped, and says so."""

import ctypes
import os
import subprocess

import pytest

NEW_MOUNTS = 0x00020000  # CLONE_NEWNS
MIB = 1 << 20


def enter_namespace():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEW_MOUNTS) != 0:
        pytest.skip(f"a mount namespace is not allowed: {os.strerror(ctypes.get_errno())}")
    run("mount", "--make-rprivate", "/")


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"{' '.join(map(str, command))}: {done.stderr.strip()}")


def mount_tmpfs(folder, mib):
    run("mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", folder)


def mount_ext4(folder, mib):
    image = folder.with_suffix(".image")
    with open(image, "wb") as file:
        file.truncate(mib * MIB)
    run("mkfs.ext4", "-q", "-F", "-m", "0", image)
    run("mount", "-o", "loop", image, folder)


def unmount(folder):
    subprocess.run(["umount", folder], capture_output=True, check=False)


def fill(path):
    """Writes a file until nothing fits any more."""
    with open(path, "wb", buffering=0) as file:
        for piece in (MIB, 4096, 1):
            try:
                while file.write(bytes(piece)) == piece:
                    pass
            except OSError:
                pass
