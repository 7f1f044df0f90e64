"""Something that the daemon asks for is refused: memory, or a system call. It may answer with an error, go on, or end with a sentence;
never by a signal, and never so that something stands still or is lost.
"""
import math
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from world import Failed, World, must, record

# What it may end with: an internal error, its address, the disk of the store, its folder. 0 is only for SIGTERM.
ENDS = (1, 69, 74, 75, 78)
IO_ERROR = 74
WORK_SECONDS = 0.4
STANDSTILL_SECONDS = 20
# Which allocation: from the first ones of main() to beyond what a start and WORK_SECONDS of load ask for.
ALLOCATIONS = [("EVENTBUSD_FAIL_ALLOCATION=", 40, 200_000), ("EVENTBUSD_FAIL_AT=sqlite.allocation:", 1, 100_000)]
# System calls, the error of one of them, and which: the first ones are those of the dynamic linker, or of an event loop that is being made.
CALLS = [
    ("fdatasync", "EIO", 1, 200), ("fsync", "EIO", 1, 20),
    ("pwrite64", "ENOSPC", 1, 2000), ("pwrite64", "EIO", 1, 2000), ("pwrite64", "EROFS", 1, 2000),
    ("pread64", "EIO", 10, 300), ("ftruncate", "EIO", 1, 10), ("unlink", "EIO", 1, 5), ("fallocate", "ENOSPC", 1, 3),
    ("mmap", "ENOMEM", 70, 300),
    ("write,writev", "ENOSPC", 12, 300), ("write,writev", "EIO", 12, 300),
    ("openat", "ENOSPC", 12, 80), ("openat", "EMFILE", 12, 80), ("openat", "EIO", 12, 80),
    ("socket", "EMFILE", 1, 40), ("connect", "ENETUNREACH", 1, 20), ("accept,accept4", "EMFILE", 1, 20),
    ("sendmsg,sendto", "ECONNRESET", 1, 1000), ("recvmsg,recvfrom", "ECONNRESET", 1, 1000),
    ("epoll_ctl", "ENOMEM", 12, 60), ("clone,clone3", "EAGAIN", 1, 8), ("fstat,newfstatat,stat", "EIO", 25, 100),
]
# Of one daemon, each of which is made to fail.
SYNCS = 100


class Log:
    """What the daemon has said since now."""

    def __init__(self, world):
        self.file = world.bus.folder / "stderr.log"
        self.at = self.file.stat().st_size if self.file.exists() else 0

    def text(self):
        return self.file.read_bytes()[self.at:].decode(errors="replace")


def start(world, binary, environment):
    """How it ended before it listened; None if it listens. One that does neither is killed, which is a failure."""
    world.bus.environment = environment
    impatience = threading.Timer(STANDSTILL_SECONDS, lambda: world.bus.process.kill())
    impatience.start()
    try:
        world.bus.start(binary)
        return None
    except AssertionError:
        return world.wait_dead(STANDSTILL_SECONDS)
    finally:
        impatience.cancel()


def goes_on(world, what, log):
    """A daemon that was refused something and lives: what it owes is delivered, while nothing new comes. Gives how it ended, if it did."""
    world.load_process.send_signal(signal.SIGSTOP)
    try:
        world.wait_delivered(STANDSTILL_SECONDS)
        return None
    except Failed as failed:
        raise Failed(f"{what}: {failed}")
    except (OSError, ValueError, EOFError, KeyError):
        status = world.wait_dead(10)
        must(status is not None, f"{what}: it neither answers nor ends: {log.text()}")
        return status
    finally:
        world.load_process.send_signal(signal.SIGCONT)


def refuse_once(world, what, ends=ENDS, binary=None, **environment):
    """One daemon, from its start to its end. Gives its exit status."""
    log = Log(world)
    status = start(world, binary, {**os.environ, **environment})
    if status is None:
        status = world.wait_dead(WORK_SECONDS)
    if status is None:
        status = goes_on(world, what, log)
    if status is None:
        status = world.bus.stop()
        if status == 0:
            return status
    must(status in ends, f"{what}: it ended with {status}: {log.text()}")
    must(log.text().strip(), f"{what}: it ended with {status} and without a sentence")
    return status


def refusals(build, state, rounds, seed, name, refuse):
    """`rounds` daemons on one data folder under one load, each refused something by `refuse(world, moments, number)`; then the check."""
    started = time.monotonic()
    moments = random.Random(seed)
    ended = 0
    with tempfile.TemporaryDirectory(prefix="eventbusd-faults-", dir=state) as folder:
        with World(build, folder) as world:
            must(world.start(), "a first start")
            world.start_load(rate=1500)
            world.wait_for_acknowledgements()
            for number in range(rounds):
                must(world.bus.stop() in (0, None), f"a clean end: {world.bus.errors()}")
                ended += refuse(world, moments, number) != 0
                found = world.integrity()
                must(found == "ok", f"integrity_check: {found}")
                must(world.start(), f"no start afterwards: {world.bus.errors()}")
            result = world.check(crashes=rounds)
            must(world.bus.stop() == 0, f"a clean end: {world.bus.errors()}")
    return record(state, name, rounds, started, seed=seed, ended=ended, integrity="ok", **result)


def draw(moments, first, last):
    """One of them, the early ones more often: each of them happens once, the later ones again and again."""
    return int(math.exp(moments.uniform(math.log(first), math.log(last + 1))))


def refuse_allocation(world, moments, number):
    """The nth, of operator new and of SQLite in turn. Many of the first ones are those of the start."""
    variable, first, last = ALLOCATIONS[number % len(ALLOCATIONS)]
    nth = draw(moments, first, last)
    name, value = f"{variable}{nth}".split("=")
    return refuse_once(world, f"{name}={value}", **{name: value})


def allocations(build, state, rounds, seed):
    return refusals(build, state, rounds, seed, "allocation", refuse_allocation)


def traced(world, calls, error, when, paths=()):
    """A program that is the daemon, with this error for these calls of it, if they are for one of `paths`; empty: for whatever."""
    tracer = world.notes / "eventbusd-traced"
    tracer.write_text(f"#!/bin/sh\nexec strace -D -I 2 -f -qqq -o /dev/null -e signal=none -e trace={calls} "
                      f"{' '.join(f'-P {path}' for path in paths)} "
                      f"-e inject={calls}:error={error}:when={when} {world.build}/eventbusd \"$@\"\n")
    tracer.chmod(0o755)
    return str(tracer)


def refuse_call(world, moments, number):
    calls, error, first, last = CALLS[number % len(CALLS)]
    nth = draw(moments, first, last)
    ends = (IO_ERROR,) if calls in ("fdatasync", "fsync") else ENDS
    return refuse_once(world, f"{calls} {nth}: {error}", ends, binary=traced(world, calls, error, nth))


def calls(build, state, rounds, seed):
    return refusals(build, state, rounds, seed, "system call", refuse_call)


def refuse_sync(world, moments, number):
    """Each of the first SYNCS once, in an order that reaches early and late ones also in a few rounds."""
    nth = 1 + number * 37 % SYNCS
    what = f"sync {nth} fails"
    log = Log(world)
    database = world.bus.data.resolve() / "eventbusd.db"
    # Not of their folder: SQLite ignores those, and the daemon has synced it itself.
    binary = traced(world, "fdatasync", "EIO", nth, [database, f"{database}-wal"])
    status = start(world, binary, dict(os.environ))
    if status is None:
        status = world.wait_dead(STANDSTILL_SECONDS)
    must(status == IO_ERROR, f"{what}: it ended with {status}: {log.text()}")
    must(log.text().strip(), f"{what}: it ended without a sentence")
    return status


def syncs(build, state, rounds, seed):
    return refusals(build, state, rounds, seed, "failed sync", refuse_sync)


def stop_tracing(world):
    """The daemon goes on, and its calls succeed again."""
    status = pathlib.Path(f"/proc/{world.bus.process.pid}/status").read_text()
    os.kill(int(re.search(r"TracerPid:\s+(\d+)", status).group(1)), signal.SIGTERM)


def why_no_calls():
    """Why system calls cannot be refused here, or nothing."""
    if not shutil.which("strace"):
        return "no strace"
    done = subprocess.run(["strace", "-f", "-qqq", "-o", "/dev/null", "-e", "trace=fsync", "true"],
                          capture_output=True, text=True)
    return done.stderr.strip() or None if done.returncode else None
