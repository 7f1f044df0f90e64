"""The disk of the daemon has no room any more. Needs mounts (see power.py)."""
import contextlib
import pathlib
import random
import subprocess
import tempfile
import time

from world import World, harness, must, record

# Enough for a daemon with its ballast of 16 MiB and some thousand events, and filled at once.
ROOM_MEGABYTES = 64


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


def full_once(world, folder, moments):
    world.open_sink(False)
    world.wait_for_acknowledgements(moments.randint(50, 500))

    def is_refused():
        fill(folder, world.bus.data / "ballast")
        return status_of_put(world) == 503 and world.bus.get("/readyz")[0] == 503

    harness.wait_until(is_refused, "a refusal for want of room", 60)
    world.open_sink(True)
    world.wait_delivered()
    (folder / "filler").unlink()
    harness.wait_until(lambda: status_of_put(world) == 200, "events are taken again once there is room", 60)
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
