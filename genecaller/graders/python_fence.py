"""Closes files, commands and the network to a process of the python grader, for good.

Run by path in the grader's own process, never imported by the project: standard library alone.
Three layers, each where the system has it. A seccomp filter allows a list of system calls and
refuses all others (Linux on x86-64 and arm64); Landlock bounds what may be read (Linux 5.13); an
audit hook refuses by name what the filter would refuse by number, so that the error says what was
tried. Where there is no filter the hook stands alone, and code that means harm gets past it.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Callable, Iterable
from typing import Any

_NO_NEW_PRIVILEGES, _SET_FILTER = 38, 1  # <linux/prctl.h>, <linux/seccomp.h>
_PARENT_DEATH_SIGNAL = 1
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_KILL = 0x80000000
_EPERM, _ENOSYS = 1, 38
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | 0x400000  # O_TMPFILE
_THREAD = 0x10000  # CLONE_THREAD
_NAMESPACES = 0x7E020000  # CLONE_NEW*

_FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "os.startfile",
    "os.kill",
    "os.chflags",
    "os.chmod",
    "os.chown",
    "os.link",
    "os.lockf",
    "os.mkdir",
    "os.remove",
    "os.removexattr",
    "os.rename",
    "os.rmdir",
    "os.setxattr",
    "os.symlink",
    "os.truncate",
    "os.utime",
    "pty.spawn",
    "shutil.",
    "signal.pthread_kill",
    "ctypes.addressof",
    "ctypes.call_function",
    "ctypes.cdata",
    "ctypes.dlopen",
    "ctypes.dlsym",
    "ctypes.string_at",
    "ctypes.wstring_at",
)
"""Audit events of the network, of other processes, of changes to files, and of foreign code."""
_WRITES_FILES = ("sqlite3.connect",)
"""Events of libraries that open files by themselves; under a kernel that watches they may run."""
_SILENT = ("fork_exec", "mkfifo", "mknod", "pwrite", "pwritev", "sendfile", "setsid", "setpgid")
"""Functions of the kinds above that raise no audit event."""

_X86_64, _ARM64 = 0, 1
_CALLS: dict[str, tuple[int | None, int | None]] = {
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "stat": (4, None), "fstat": (5, 80),
    "lstat": (6, None), "poll": (7, None), "lseek": (8, 62), "mmap": (9, 222),
    "mprotect": (10, 226), "munmap": (11, 215), "brk": (12, 214), "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "pread64": (17, 67), "readv": (19, 65),
    "writev": (20, 66), "access": (21, None), "pipe": (22, None), "select": (23, None),
    "sched_yield": (24, 124), "mremap": (25, 216), "mincore": (27, 232), "madvise": (28, 233),
    "dup": (32, 23), "dup2": (33, None), "nanosleep": (35, 101), "getpid": (39, 172),
    "exit": (60, 93), "wait4": (61, 260), "uname": (63, 160),
    "getcwd": (79, 17), "chdir": (80, 49), "readlink": (89, None), "gettimeofday": (96, 169),
    "getrlimit": (97, 163), "getrusage": (98, 165), "sysinfo": (99, 179), "times": (100, 153),
    "getuid": (102, 174), "getgid": (104, 176), "geteuid": (107, 175), "getegid": (108, 177),
    "getppid": (110, 173), "getpgrp": (111, None), "getgroups": (115, 158),
    "getresuid": (118, 148), "getresgid": (120, 150), "getpgid": (121, 155), "getsid": (124, 156),
    "sigaltstack": (131, 132), "gettid": (186, 178), "time": (201, None), "futex": (202, 98),
    "sched_getaffinity": (204, 123), "getdents64": (217, 61), "set_tid_address": (218, 96),
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115),
    "exit_group": (231, 94), "epoll_wait": (232, None), "epoll_ctl": (233, 21),
    "newfstatat": (262, 79), "readlinkat": (267, 78), "faccessat": (269, 48),
    "pselect6": (270, 72), "ppoll": (271, 73), "set_robust_list": (273, 99),
    "epoll_pwait": (281, 22), "eventfd2": (290, 19), "epoll_create1": (291, 20),
    "dup3": (292, 24), "pipe2": (293, 59), "preadv": (295, 69), "getcpu": (309, 168),
    "getrandom": (318, 278), "membarrier": (324, 283), "statx": (332, 291), "rseq": (334, 293),
    "faccessat2": (439, 439), "close_range": (436, 436), "alarm": (37, None),
    "getitimer": (36, 102), "setitimer": (38, 103), "umask": (95, 166),
}  # fmt: skip
"""System calls that change nothing outside the process, as numbers of x86-64 and arm64."""
_OPEN, _OPENAT = (2, None), (257, 56)
_FORK, _CLONE, _CLONE3 = (57, None), (56, 220), (435, 435)
_PRLIMIT = (302, 261)
_IOCTL, _TTY_STATE = (16, 29), (0x5401, 0x5421, 0x5450, 0x5451)  # TCGETS, FIONBIO, FIO(N)CLEX
_FCNTL, _DESCRIPTOR_STATE = (72, 25), (0, 1, 2, 3, 4, 1030)  # F_DUPFD to F_SETFL, no owner
_PRCTL, _OWN_STATE = (157, 167), (1, 15, 38)  # death signal, name, no new privileges
_SECCOMP = (317, 277)
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_MACHINES = {"x86_64": (_X86_64, 0xC000003E), "aarch64": (_ARM64, 0xC00000B7)}
_READABLE = (
    *("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/dev/null"),
    *("/dev/urandom", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu"),
)


def close_all() -> list[str]:
    """Close this process and what comes of it; the names of the layers that the system has.

    It may still make processes by `fork`; `close_fork` ends that in each of them.
    """
    layers = []
    if _landlock([*_READABLE, sys.prefix, sys.base_prefix, *sys.path]):
        layers.append("landlock")
    machine = _MACHINES.get(platform.machine()) if sys.platform == "linux" else None
    if machine is not None and sys.maxsize > 2**32:
        column, architecture = machine
        own = _Filter(column, architecture, _allowed(column))
        threads = _when(_CLONE[column], _with_all(0, _THREAD))
        threads += _when(_FORK[column], [_return(_REFUSE | _EPERM)])
        later = _Filter(column, architecture, [*threads, _return(_ALLOW)])
        if own.put_on():
            layers.append("seccomp")
            _LATER.append(later)
    _audit(() if "seccomp" in layers else _WRITES_FILES)
    return [*layers, "audit"]


def close_fork() -> None:
    """Refuse processes from here on, threads allowed; and end this one with its parent."""
    for later in _LATER:
        later.end_with_parent()
        later.put_on()


def fork() -> int:
    """`os.fork`, which the hook refuses to everybody else."""
    _FORKING.append(True)
    try:
        return os.fork()
    finally:
        _FORKING.clear()


_FORKING: list[bool] = []
_LATER: list[_Filter] = []
"""What `close_fork` puts on, made beforehand: the hook lets nobody make it later."""


def _audit(more: tuple[str, ...]) -> None:
    """Refuse by name; and take away what raises no event."""

    def refuse(event: str, arguments: Any) -> None:
        forbidden = event.startswith((*_FORBIDDEN, *more))
        if event == "open" and isinstance(arguments[2], int):
            forbidden = bool(arguments[2] & _WRITING)
        if forbidden and not (event == "os.fork" and _FORKING):
            raise PermissionError(f"a python grader may not do {event}")

    import _posixsubprocess
    import posix

    for module in (_posixsubprocess, posix, os):
        for name in _SILENT:
            if hasattr(module, name):
                setattr(module, name, _refused(f"{module.__name__}.{name}"))
    sys.addaudithook(refuse)


def _refused(name: str) -> Callable[..., Any]:
    def refused(*_: Any, **__: Any) -> Any:
        raise PermissionError(f"a python grader may not do {name}")

    return refused


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _landlock(readable: Iterable[str]) -> bool:
    """Bound what this process may open to reading these paths; whether the system can."""
    if sys.platform != "linux":
        return False
    call = _libc().syscall
    version = int(call(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1))
    if version < 1:
        return False
    rights = (1 << 13) - 1
    rights |= sum(1 << bit for bit, since in ((13, 2), (14, 3), (15, 5)) if version >= since)
    network, scope = (3 if version >= 4 else 0), (3 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    wanted = ctypes.create_string_buffer(struct.pack("=QQQ", rights, network, scope), 24)
    rules = int(call(_LANDLOCK_CREATE, wanted, ctypes.c_size_t(size), 0))
    if rules < 0:
        return False
    for path in dict.fromkeys(filter(None, readable)):
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        reading = 0b1100 if os.path.isdir(path) else 0b0100  # READ_FILE, READ_DIR
        rule = ctypes.create_string_buffer(struct.pack("=Qi", reading, place), 12)
        call(_LANDLOCK_ADD, rules, 1, rule, 0)
        os.close(place)
    _libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    bound = int(call(_LANDLOCK_RESTRICT, rules, 0)) == 0
    os.close(rules)
    return bound


Instructions = list[bytes]
"""A classic BPF program: 8 bytes an instruction."""


class _Filter:
    """A seccomp filter, ready to be put on the process that runs."""

    def __init__(self, column: int, architecture: int, program: Instructions) -> None:
        head = [_load(4), _jump(0x15, architecture, 1, 0), _return(_KILL), _load(0)]
        if column == _X86_64:  # the x32 calls bear other numbers
            head += [_jump(0x35, 0x40000000, 0, 1), _return(_REFUSE | _EPERM)]
        code = b"".join([*head, *program])
        self._code = ctypes.create_string_buffer(code, len(code))
        wanted = struct.pack("=H6xQ", len(code) // 8, ctypes.addressof(self._code))
        self._wanted = ctypes.create_string_buffer(wanted, len(wanted))
        self._number = _SECCOMP[column]
        self._prctl, self._syscall = _libc().prctl, _libc().syscall

    def put_on(self) -> bool:
        """Filter this process for good; whether the system took it."""
        self._prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        return int(self._syscall(self._number, _SET_FILTER, 0, self._wanted)) == 0

    def end_with_parent(self) -> None:
        """Have the system end this process when the one that made it ends."""
        self._prctl(_PARENT_DEATH_SIGNAL, 9, 0, 0, 0)


def _allowed(column: int) -> Instructions:
    """The program that allows the list, and of some calls only the harmless uses."""
    program: Instructions = []
    for numbers in _CALLS.values():
        program += _when(numbers[column], [_return(_ALLOW)])
    program += _when(_OPEN[column], _without(1, _WRITING))
    program += _when(_OPENAT[column], _without(2, _WRITING))
    program += _when(_FORK[column], [_return(_ALLOW)])  # musl forks by this, glibc by clone
    program += _when(_CLONE[column], _without(0, _NAMESPACES))
    # its arguments lie in memory, which no filter can look at; glibc goes on to clone
    program += _when(_CLONE3[column], [_return(_REFUSE | _ENOSYS)])
    program += _when(_PRLIMIT[column], _one_of(0, (0,)))
    program += _when(_IOCTL[column], _one_of(1, _TTY_STATE))
    program += _when(_FCNTL[column], _one_of(1, _DESCRIPTOR_STATE))
    program += _when(_PRCTL[column], _one_of(0, _OWN_STATE))
    program += _when(_SECCOMP[column], _one_of(0, (_SET_FILTER,)))
    return [*program, _return(_REFUSE | _EPERM)]


def _when(number: int | None, then: Instructions) -> Instructions:
    """The instructions for one system call, none where the machine does not have it."""
    if number is None:
        return []
    return [_jump(0x15, number, 0, len(then)), *then]


def _without(argument: int, bits: int) -> Instructions:
    """Allow where none of the bits is set in the lower half of an argument."""
    load = _load(16 + 8 * argument)
    return [load, _jump(0x45, bits, 0, 1), _return(_REFUSE | _EPERM), _return(_ALLOW)]


def _with_all(argument: int, bit: int) -> Instructions:
    """Allow where the bit is set."""
    load = _load(16 + 8 * argument)
    return [load, _jump(0x45, bit, 1, 0), _return(_REFUSE | _EPERM), _return(_ALLOW)]


def _one_of(argument: int, values: tuple[int, ...]) -> Instructions:
    """Allow where an argument is one of these numbers."""
    program = [_load(16 + 8 * argument)]
    for value in values:
        program += [_jump(0x15, value, 0, 1), _return(_ALLOW)]
    return [*program, _return(_REFUSE | _EPERM)]


def _load(offset: int) -> bytes:
    return struct.pack("=HBBI", 0x20, 0, 0, offset)


def _jump(how: int, value: int, true: int, false: int) -> bytes:
    """Jump by comparing what was loaded: 0x15 equal, 0x35 at least, 0x45 any bit of."""
    return struct.pack("=HBBI", how, true, false, value)


def _return(value: int) -> bytes:
    return struct.pack("=HBBI", 0x06, 0, 0, value)
