"""A log-file target with `fsync: each`, on a disk of its own that fills up and loses its power, whose file others move away, and whose
daemon is killed. Needs mounts, see power.py.
"""
import contextlib
import errno
import os
import random
import tempfile
import threading
import time

import power
from world import CONFIG, World, harness, must, record

ROTATE_BYTES = "64KiB"
DISK_MEGABYTES = 64


def lines_of(folder):
    size = 0
    for file in folder.glob("load*.log"):
        with contextlib.suppress(FileNotFoundError):  # it has just been rotated
            size += file.stat().st_size
    return size


def grows(world, what):
    folder = world.bus.data / "logs"
    before = lines_of(folder)
    harness.wait_until(lambda: lines_of(folder) > before, f"more lines {what}", 30)


def kill(world, mounted, moments, number):
    threading.Event().wait(moments.uniform(0.02, 0.2))
    world.bus.kill()
    must(world.start(), f"no start after a kill: {world.bus.errors()}")
    return 1


def cut_power(world, mounted, moments, number):
    """Of the disk of the lines only: the store knows what it believes to be there."""
    threading.Event().wait(moments.uniform(0.02, 0.2))
    power.cut(world, mounted)
    must(world.start(), f"no start after a power cut: {world.bus.errors()}")
    return 1


def fill(world, mounted, moments, number):
    filler = mounted.path / "filler"
    with open(filler, "ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))
    folder = world.bus.data / "logs"

    def stands_still():
        before = lines_of(folder)
        threading.Event().wait(0.1)
        return lines_of(folder) == before

    harness.wait_until(stands_still, "an end of the lines", 30)
    threading.Event().wait(moments.uniform(0, 0.2))
    filler.unlink()
    return 0


def move_away(world, mounted, moments, number):
    """As logrotate does."""
    folder = world.bus.data / "logs"
    try:
        os.rename(folder / "load.log", folder / f"load.moved-{number}.log")
    except OSError as error:
        must(error.errno == errno.ENOENT, f"cannot move the file: {error}")  # it has just been rotated
    return 0


def trouble(build, state, rounds, seed):
    started = time.monotonic()
    moments = random.Random(seed)
    kills = 0
    ways = [kill, fill, move_away, cut_power]
    with power.disk(state, DISK_MEGABYTES) as mounted, tempfile.TemporaryDirectory(prefix="eventbusd-faults-", dir=state) as folder:
        root = mounted.path / "logs"
        config = CONFIG.replace("log_files: {rotate_bytes: 2MiB,", f"log_files: {{root: {root}, fsync: each, rotate_bytes: {ROTATE_BYTES},")
        must(str(root) in config, "the configuration names the disk")
        with World(build, folder, config=config, rate=300) as world:
            world.bus.data.mkdir()
            (world.bus.data / "logs").symlink_to(root)
            must(world.start(), "a first start")
            world.start_load()
            for number in range(rounds):
                grows(world, f"before trouble {number}")
                kills += ways[number % len(ways)](world, mounted, moments, number)
            result = world.check(crashes=kills)
            must(world.bus.stop() == 0, f"a clean end: {world.bus.errors()}")
    return record(state, "log-file trouble", rounds, started, seed=seed, crashes=kills, **result)
