"""The disk of the daemon has no room any more, fails altogether (both need mounts, see power.py), or can only be read (which needs a tracer)."""
import contextlib
import os
import pathlib
import random
import subprocess
import tempfile
import threading
import time

import failures
from power import disk
from world import World, harness, must, record

LOG_FLUSH = 0  # what was written reaches the disk before it fails
# Enough for a daemon with its ballast of 16 MiB and some thousand events, and filled at once.
ROOM_MEGABYTES = 64
# How often the dispatcher asks whether outcomes can be written.
WRITABLE_CHECK_SECONDS = 0.25


@contextlib.contextmanager
def small_disk(state):
    with tempfile.TemporaryDirectory(prefix="eventbusd-room-", dir=state) as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM_MEGABYTES}m", "eventbusd-faults", folder],
                       check=True, capture_output=True)
        try:
            yield pathlib.Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True, capture_output=True)


def fill(folder, ballast):
    """Takes what room there is, but not what the daemon gives up for its deliveries."""
    for size in (1 << 16, 1 << 12):
        with open(folder / "filler", "ab", buffering=0) as filler, contextlib.suppress(OSError):
            while ballast.exists():
                filler.write(bytes(size))


def status_of_put(world):
    return world.bus.post("/events", {"source": "nobody", "detail-type": "t", "detail": {}})[0]


def refuses_everything(world):
    return status_of_put(world) == 503 and world.bus.get("/readyz")[0] == 503


def full_once(world, folder, moments):
    world.open_sink(False)
    world.wait_for_acknowledgements(moments.randint(50, 500))

    def is_refused():
        fill(folder, world.bus.data / "ballast")
        return refuses_everything(world)

    harness.wait_until(is_refused, "a refusal for want of room", 60)
    world.open_sink(True)
    world.wait_delivered()
    (folder / "filler").unlink()
    harness.wait_until(lambda: status_of_put(world) == 200, "events are taken again once there is room", 2)
    world.wait_for_acknowledgements()


def full(build, state, rounds, seed):
    """No room, while nothing can be delivered: new events are refused, and what was acknowledged is delivered although there still is
    none; with room all is as before."""
    started = time.monotonic()
    moments = random.Random(seed)
    with small_disk(state) as folder, World(build, folder) as world:
        must(world.start(), "a first start")
        world.start_load()
        for _ in range(rounds):
            full_once(world, folder, moments)
        result = world.check(crashes=0)
        must(world.bus.stop() == 0, f"a clean end: {world.bus.errors()}")
    return record(state, "disk full", rounds, started, seed=seed, **result)


def failing(build, state, rounds, seed):
    """Every call of the disk fails with EIO from some moment on: the daemon ends. The next one finds all that was acknowledged."""
    started = time.monotonic()
    moments = random.Random(seed)
    with disk(state) as mounted, World(build, mounted.path) as world:
        must(world.start(), "a first start")
        world.start_load()
        for number in range(rounds):
            world.open_sink(number % 2 == 0)
            world.wait_for_acknowledgements()
            threading.Event().wait(moments.uniform(0.05, 0.8))
            mounted.cut_power(LOG_FLUSH)
            status = world.wait_dead(30)
            must(status == failures.IO_ERROR, f"with a failing disk it ended with {status}: {world.bus.errors()}")
            mounted.forget_unsynced()
            found = world.integrity()
            must(found == "ok", f"integrity_check: {found}")
            must(world.start(), f"no start afterwards: {world.bus.errors()}")
        world.open_sink(True)
        result = world.check(crashes=rounds)
        must(world.bus.stop() == 0, f"a clean end: {world.bus.errors()}")
    return record(state, "disk failure", rounds, started, seed=seed, integrity="ok", **result)


def delivers_nothing(world):
    taken = world.taken.stat().st_size
    threading.Event().wait(2 * WRITABLE_CHECK_SECONDS)
    return world.taken.stat().st_size == taken and world.bus.metrics()["eventbusd_attempts_in_flight"] == 0


def read_only_once(world, moments):
    log, first = failures.Log(world), failures.draw(moments, 20, 500)
    what = f"from write {first} on the disk is read-only"
    status = failures.start(world, failures.traced(world, "pwrite64", "EROFS", f"{first}+"), dict(os.environ))
    must(status is None, f"{what}: no start, but {status}: {log.text()}")
    try:
        harness.wait_until(lambda: refuses_everything(world), f"{what}: a refusal")
        harness.wait_until(lambda: delivers_nothing(world), f"{what}: the end of what was under way, and nothing after it", 5)
    except (OSError, KeyError):
        must(False, f"{what}: it ended: {log.text()}")
    failures.stop_tracing(world)
    harness.wait_until(lambda: status_of_put(world) == 200, "events are taken again once the disk can be written", 2)


def read_only(build, state, rounds, seed):
    """Every write fails with EROFS from some moment on: nothing is taken, no delivery is begun that could not be noted. When the disk can be
    written again, all goes on."""
    started = time.monotonic()
    moments = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="eventbusd-faults-", dir=state) as folder, World(build, folder) as world:
        must(world.start(), "a first start")
        world.start_load(rate=1500)
        world.wait_for_acknowledgements()
        for _ in range(rounds):
            must(world.bus.stop() in (0, None), f"a clean end: {world.bus.errors()}")
            read_only_once(world, moments)
        result = world.check(crashes=rounds)
        must(world.bus.stop() == 0, f"a clean end: {world.bus.errors()}")
        found = world.integrity()
        must(found == "ok", f"integrity_check: {found}")
    return record(state, "read-only disk", rounds, started, seed=seed, integrity="ok", **result)
