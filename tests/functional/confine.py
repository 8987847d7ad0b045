"""Runs a program with what a systemd unit says of its confinement, without systemd.

    python3 confine.py UNIT STATE_DIRECTORY UID [SHOWN_DIRECTORY…] -- PROGRAM [ARGUMENT…]

It must be started by root. The program has a mount namespace and a user namespace of its own, runs as UID without
any capability, and under a filter of system calls that is made out of the unit's SystemCallFilter= with the sets
that systemd-analyze knows. STATE_DIRECTORY is what StateDirectory= is to systemd: the only place to write to.
SHOWN_DIRECTORY are there to be read although they lie in a place that the unit hides.

Every line of the unit's [Service] must have a place in one of the tables below, so that nobody adds one and thinks
it is tested. ELSEWHERE are those that are no confinement or that only systemd can keep.
"""

import ctypes
import errno
import os
import re
import resource
import subprocess
import sys

ELSEWHERE = {
    "Type", "NotifyAccess", "ExecStart", "ExecReload", "Restart", "RestartSec", "TimeoutStartSec", "TimeoutStopSec",
    "WatchdogSec", "User", "Group", "StateDirectory", "StateDirectoryMode", "ConfigurationDirectory",
    "WorkingDirectory",
    "RemoveIPC",  # when the unit has ended
    "ProtectControlGroups", "ProtectKernelTunables",  # by ProtectSystem here: all is read-only
    "ProtectClock", "ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules",  # by capabilities and system calls
    "RestrictRealtime",  # by @resources
    "AmbientCapabilities",  # none are left over a change of the user
    "SystemCallErrorNumber",  # with the filter
}

libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
NAMESPACES = 0x7E020000 | 0x80
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 4096, 16384, 1 << 18
SYS_mount_setattr, AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR_RDONLY = 442, -100, 0x8000, 1
PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP = 38, 24
PROT_WRITE, PROT_EXEC, SHM_EXEC = 2, 4, 0o100000


def check(status, what):
    if status < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return status


# --- the unit ---------------------------------------------------------------------------------------------


class Unit:
    def __init__(self, path):
        self.lines = []
        section = None
        for line in open(path, encoding="utf-8"):
            line = line.strip()
            if line.startswith("["):
                section = line
            elif section == "[Service]" and line and line[0] != "#":
                self.lines.append(tuple(line.split("=", 1)))
        unknown = {name for name, _ in self.lines} - ELSEWHERE - set(STEPS)
        if unknown:
            raise SystemExit(f"confine.py does not know {', '.join(sorted(unknown))}")

    def values(self, name):
        return [value for found, value in self.lines if found == name]

    def value(self, name):
        values = self.values(name)
        return values[-1] if values else None


# --- the file system --------------------------------------------------------------------------------------


def mount(source, target, kind=None, flags=0, options=None):
    words = [word if word is None else os.fsencode(word) for word in (source, target, kind)]
    check(libc.mount(*words, ctypes.c_ulong(flags), options and options.encode()), f"mount {target}")


def set_read_only(path, read_only, recursive=False):
    class Attributes(ctypes.Structure):
        _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "namespace")]

    wanted = Attributes(MOUNT_ATTR_RDONLY if read_only else 0, 0 if read_only else MOUNT_ATTR_RDONLY, 0, 0)
    check(libc.syscall(SYS_mount_setattr, AT_FDCWD, os.fsencode(path), AT_RECURSIVE if recursive else 0,
                       ctypes.byref(wanted), ctypes.sizeof(wanted)), f"mount_setattr {path}")


class Kept:
    """Directories that stay where they are, whatever is mounted above them."""

    def __init__(self, paths):
        self.open = [(path, os.open(path, os.O_PATH | os.O_DIRECTORY)) for path in paths]

    def show(self):
        for path, descriptor in self.open:
            os.makedirs(path, mode=0o755, exist_ok=True)
            mount(f"/proc/self/fd/{descriptor}", path, flags=MS_BIND)


def private_tmp(_, __):
    for path in ("/tmp", "/var/tmp"):
        mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")


def protect_home(_, __):
    for path in ("/home", "/root", "/run/user"):
        if os.path.isdir(path):
            mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_RDONLY, "mode=755")


def private_devices(_, __):
    """A /dev with what every program may expect."""
    names = ("null", "zero", "full", "random", "urandom", "tty")
    kept = [(name, os.open(f"/dev/{name}", os.O_PATH)) for name in names]
    mount("tmpfs", "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755")
    for name, descriptor in kept:
        open(f"/dev/{name}", "w", encoding="utf-8").close()
        mount(f"/proc/self/fd/{descriptor}", f"/dev/{name}", flags=MS_BIND)
        os.close(descriptor)
    os.mkdir("/dev/shm")
    mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")


def protect_proc(_, unit):
    options = f"hidepid={unit.value('ProtectProc')}"
    if unit.value("ProcSubset") == "pid":
        options += ",subset=pid"
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, options)


# --- system calls -----------------------------------------------------------------------------------------


def calls_of(word):
    """The system calls of a set, with those of the sets in it."""
    if not word.startswith("@"):
        return {word}
    told = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", word], check=True, capture_output=True,
                          text=True).stdout
    words = [line.strip() for line in told.splitlines()[1:]]
    return {call for inner in words if inner and inner[0] != "#" for call in calls_of(inner)}


def allowed_calls(unit):
    allowed = set()
    for value in unit.values("SystemCallFilter"):
        taken = {call for word in value.lstrip("~").split() for call in calls_of(word)}
        allowed = allowed - taken if value.startswith("~") else allowed | taken
    return allowed


class Argument(ctypes.Structure):
    """scmp_arg_cmp"""

    _fields_ = [("number", ctypes.c_uint), ("how", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


EQUAL, MASKED = 4, 7
ALLOW = 0x7FFF0000


def refuse_with(number):
    return 0x00050000 | number


class Filter:
    """What is not allowed answers EPERM; of some calls only certain arguments are allowed."""

    def __init__(self, unit):
        self.guest = ctypes.CDLL("libseccomp.so.2", use_errno=True)
        self.guest.seccomp_init.restype = ctypes.c_void_p
        number = getattr(errno, unit.value("SystemCallErrorNumber"))
        self.context = ctypes.c_void_p(self.guest.seccomp_init(ctypes.c_uint32(refuse_with(number))))
        self.allowed = allowed_calls(unit)
        self.arguments = {}

    def only(self, call, *comparisons):
        """The call is allowed where one of these holds of its arguments."""
        if call in self.allowed:
            self.arguments.setdefault(call, []).extend(comparisons)

    def add(self, action, call, *comparisons):
        number = self.guest.seccomp_syscall_resolve_name(call.encode())
        if number >= 0:  # else this machine has none of that name
            made = (Argument * len(comparisons))(*comparisons)
            check(self.guest.seccomp_rule_add_array(self.context, ctypes.c_uint32(action), number, len(made), made), call)

    def load(self):
        for call in self.allowed - set(self.arguments):
            self.add(ALLOW, call)
        for call, comparisons in self.arguments.items():
            for comparison in comparisons:
                self.add(ALLOW, call, comparison)
        check(self.guest.seccomp_load(self.context), "seccomp_load")


def without(argument, bits):
    return Argument(argument, MASKED, bits, 0)


def restrict_address_families(value, unit):
    for family in value.split():
        number = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}[family]
        unit.filter.only("socket", Argument(0, EQUAL, number, 0))


def restrict_namespaces(_, unit):
    unit.filter.allowed -= {"unshare", "setns", "clone3"}
    unit.filter.only("clone", without(0, NAMESPACES))
    unit.filter.add(refuse_with(errno.ENOSYS), "clone3")  # a C library then takes clone


def deny_write_execute(_, unit):
    unit.filter.only("mmap", without(2, PROT_WRITE), without(2, PROT_EXEC))
    unit.filter.only("mprotect", without(2, PROT_EXEC))
    unit.filter.only("pkey_mprotect", without(2, PROT_EXEC))
    unit.filter.only("shmat", without(2, SHM_EXEC))


def lock_personality(_, unit):
    unit.filter.only("personality", Argument(0, EQUAL, 0, 0), Argument(0, EQUAL, 0xFFFFFFFF, 0))


def restrict_set_id(_, unit):
    for call, argument in (("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("fchmodat2", 2)):
        unit.filter.only(call, without(argument, 0o6000))


# --- the user ---------------------------------------------------------------------------------------------


class Scribe:
    """A process that stays outside of all namespaces, and writes down which users are known inside: root and one."""

    def __init__(self, uid):
        self.ready, self.done = os.pipe(), os.pipe()
        outer = os.getpid()
        self.process = os.fork()
        if self.process == 0:
            os.close(self.ready[1])
            if os.read(self.ready[0], 1) == b"":  # it has ended before it came so far
                os._exit(1)
            for name in ("uid_map", "gid_map"):
                with open(f"/proc/{outer}/{name}", "w", encoding="ascii") as file:
                    file.write(f"0 0 1\n{uid} {uid} 1\n")
            os.write(self.done[1], b"x")
            os._exit(0)
        os.close(self.done[1])

    def write(self):
        os.write(self.ready[1], b"x")
        if os.read(self.done[0], 1) == b"":
            raise SystemExit("the map of users could not be written")
        os.waitpid(self.process, 0)


def become(uid, last_capability):
    """The user, with nothing that could be more than that."""
    os.setgroups([])
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")
    for capability in range(last_capability + 1):
        check(libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "prctl")
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def limit(which):
    def set_limit(value, _):
        _, most = resource.getrlimit(which)
        wanted = int(value) if most == resource.RLIM_INFINITY else min(int(value), most)
        resource.setrlimit(which, (wanted, wanted))

    return set_limit


# In this order. Those that are None are part of another one, or of main.
STEPS = {
    "LimitNOFILE": limit(resource.RLIMIT_NOFILE),
    "LimitCORE": limit(resource.RLIMIT_CORE),
    "ProtectHome": protect_home,
    "PrivateDevices": private_devices,
    "PrivateTmp": private_tmp,
    "ProtectProc": protect_proc,
    "UMask": lambda value, _: os.umask(int(value, 8)),
    "ProcSubset": None,
    "ProtectSystem": None,
    "PrivateUsers": None,
    "CapabilityBoundingSet": None,
    "NoNewPrivileges": None,
    "RestrictAddressFamilies": restrict_address_families,
    "RestrictNamespaces": restrict_namespaces,
    "MemoryDenyWriteExecute": deny_write_execute,
    "LockPersonality": lock_personality,
    "RestrictSUIDSGID": restrict_set_id,
    "SystemCallArchitectures": None,
    "SystemCallFilter": None,
}


def main(unit, state, uid, shown, command):
    uid = int(uid)
    unit = Unit(unit)
    unit.filter = Filter(unit)
    with open("/proc/sys/kernel/cap_last_cap", encoding="ascii") as file:
        last_capability = int(file.read())
    scribe = Scribe(uid)
    check(libc.unshare(CLONE_NEWNS), "unshare")
    mount(None, "/", flags=MS_REC | MS_PRIVATE)
    kept = Kept([state, *shown])
    for name, step in STEPS.items():
        if name == "ProtectProc":
            kept.show()  # as long as there is a /proc/self/fd of outside
        if step is not None and unit.value(name) is not None:
            step(unit.value(name), unit)
    set_read_only("/", True, recursive=True)
    set_read_only(state, False)
    os.chdir(state)
    check(libc.unshare(CLONE_NEWUSER), "unshare")
    scribe.write()
    become(uid, last_capability)
    unit.filter.load()
    os.execv(command[0], command)


if __name__ == "__main__":
    end = sys.argv.index("--")
    main(*sys.argv[1:4], sys.argv[4:end], sys.argv[end + 1:])
