"""kill -9 at random, and at every named point of the code."""
import pathlib
import random
import re
import signal
import tempfile
import threading
import time

from world import HERE, World, must, record

SOURCES = HERE.parent.parent / "src"
POINT = re.compile(r'(?:fault_point|fault_is_due)\(\s*"([a-z.-]+)"\s*\)|"(disk\.[a-z-]+)"')

# Where the visit at which to crash is drawn from, for points that are not visited all the time: once at a start, once at an
# end, or by a call that the round makes.
FIRST_VISIT_ONLY = ("open.", "start.", "drain.", "close.", "config.reload-", "log-file.rotated", "journal.catalog-applied", "journal.lane-made",
                    "journal.before-checkpoint", "journal.after-checkpoint", "disk.database-sync", "disk.log-truncate")
FEW_VISITS = {"disk.database-write": 40, "journal.redrive": 20, "sqlite.statement": 150, "journal.purge": 400}
OFTEN = 60
AT_THE_END = ("drain.", "close.", "disk.log-truncate")

# How a second SIGTERM ends it, and how soon.
INTERRUPTED = 1
AT_ONCE_SECONDS = 0.5


def points():
    """Every name in the source, so that a new point is crashed at without being listed here."""
    found = set()
    for file in SOURCES.rglob("*.cpp"):
        for names in POINT.findall(file.read_text()):
            found.update(name for name in names if name)
    return sorted(found)


def kills(build, state, rounds, seed):
    """`rounds` random kills on one data folder, then the check."""
    started = time.monotonic()
    moments = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="eventbusd-faults-", dir=state) as folder:
        with World(build, folder) as world:
            world.start()
            world.start_load()
            slowest = 0.0
            for _ in range(rounds):
                world.wait_for_acknowledgements()
                threading.Event().wait(moments.uniform(0.05, 2))
                world.bus.kill()
                found = world.integrity()
                must(found == "ok", f"integrity_check: {found}")
                at = time.monotonic()
                must(world.start(), f"no start after a kill: {world.bus.errors()}")
                slowest = max(slowest, time.monotonic() - at)
            result = world.check(crashes=rounds)
            must(world.bus.stop() == 0, f"a clean end: {world.bus.errors()}")
    return record(state, "kill", rounds, started, seed=seed, integrity="ok", slowest_start=round(slowest, 2), **result)


def visit_of(point, moments):
    if point in FEW_VISITS:
        return moments.randint(1, FEW_VISITS[point])
    return 1 if point.startswith(FIRST_VISIT_ONLY) else moments.randint(1, OFTEN)


def provoke(world, point, number):
    """What makes the daemon pass the rarer points."""
    if point == "journal.catalog-applied":
        name = f"made-{number}"
        world.bus.call("PutRule", Name=name, EventPattern='{"source":["nobody"]}')
    elif point == "journal.lane-made":
        world.bus.call("PutRule", Name=f"lane-{number}", EventPattern='{"source":["nobody"]}')
        world.bus.call("PutTargets", Rule=f"lane-{number}", Targets=[{"Id": "t", "Arn": world.url + "/hook"}])
    elif point == "journal.redrive":
        world.bus.post("/dlq/redrive", {})
    elif point.startswith("config.reload-"):
        world.change_rules(number)
        world.bus.post("/admin/reload", {})


def crash_once(world, point, visit, number, seconds=15):
    """One daemon that is to die at `point`. Gives whether it did."""
    if not world.start(EVENTBUSD_CRASH_AT=f"{point}:{visit}"):
        return True
    if point.startswith(AT_THE_END):
        world.wait_for_acknowledgements()
        world.bus.process.send_signal(signal.SIGTERM)
        return world.wait_dead(40) == -signal.SIGKILL
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            provoke(world, point, number)
        except (OSError, ValueError, EOFError):
            pass  # it died in the middle of the call
        status = world.wait_dead(0.3)
        if status is not None:
            must(status == -signal.SIGKILL, f"{point}: ended with {status} instead: {world.bus.errors()}")
            return True
    world.bus.kill()
    return False


def crash_points(build, state, point, rounds, seed):
    """`rounds` crashes at one point, on one data folder, then the check."""
    started = time.monotonic()
    moments = random.Random(seed)
    reached = 0
    with tempfile.TemporaryDirectory(prefix="eventbusd-faults-", dir=state) as folder:
        with World(build, folder) as world:
            must(world.start(), "a first start")
            world.start_load(rate=3000 if "checkpoint" in point or "database" in point or "rotated" in point else None)
            world.wait_for_acknowledgements()
            for number in range(rounds):
                must(world.bus.stop() in (0, None), f"a clean end: {world.bus.errors()}")
                reached += crash_once(world, point, visit_of(point, moments), number)
                found = world.integrity()
                must(found == "ok", f"{point}: integrity_check: {found}")
                must(world.start(), f"{point}: no start afterwards: {world.bus.errors()}")
            result = world.check(crashes=rounds)
    must(reached > 0, f"{point}: never reached")
    return record(state, f"crash {point}", rounds, started, seed=seed, reached=reached, integrity="ok", **result)


def migrations(build, state, rounds, seed):
    """A crash before each of the first statements of a new data folder: schema, identity, log mode."""
    started = time.monotonic()
    moments = random.Random(seed)
    crashed = 0
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="eventbusd-faults-", dir=state) as folder:
            with World(build, folder, refuse_one_in=0) as world:
                visit = moments.randint(1, 60)
                if not world.start(EVENTBUSD_CRASH_AT=f"sqlite.statement:{visit}"):
                    crashed += 1
                world.bus.kill()
                must(world.start(), f"no start after a crash before statement {visit}: {world.bus.errors()}")
                status, answer = world.bus.post("/events", {"source": "s", "detail-type": "t", "detail": {}})
                must(status == 200, f"after a crash before statement {visit}: {status} {answer}")
                must(world.bus.stop() == 0, "a clean end")
    must(crashed > 0, "no statement was reached")
    return record(state, "crash in a new folder", rounds, started, seed=seed, reached=crashed)


def drains(build, state, rounds, seed):
    """SIGTERM under load: nothing lost, nothing doubled, within 35 s, and no log left behind."""
    started = time.monotonic()
    moments = random.Random(seed)
    slowest = 0.0
    with tempfile.TemporaryDirectory(prefix="eventbusd-faults-", dir=state) as folder:
        with World(build, folder) as world:
            must(world.start(), "a first start")
            world.start_load()
            for _ in range(rounds):
                world.wait_for_acknowledgements()
                threading.Event().wait(moments.uniform(0.05, 1))
                at = time.monotonic()
                status = world.bus.stop()
                slowest = max(slowest, time.monotonic() - at)
                must(status == 0, f"SIGTERM ended with {status}: {world.bus.errors()}")
                must(slowest <= 35, f"a drain of {slowest:.1f} s")
                must(not pathlib.Path(str(world.bus.data / "eventbusd.db") + "-wal").exists(), "a log was left behind")
                must(world.start(), f"no start after a drain: {world.bus.errors()}")
            result = world.check(crashes=0)
            must(result["log_duplicates"] == 0, f"log lines came twice: {result}")
    return record(state, "drain", rounds, started, seed=seed, slowest=round(slowest, 2), **result)


def impatience(build, state, rounds, seed):
    """SIGTERM under load, and a second one soon after: it ends at once, if it has not already; nothing is lost."""
    started = time.monotonic()
    moments = random.Random(seed)
    slowest, at_once = 0.0, 0
    with tempfile.TemporaryDirectory(prefix="eventbusd-faults-", dir=state) as folder:
        with World(build, folder) as world:
            must(world.start(), "a first start")
            world.start_load()
            for _ in range(rounds):
                world.wait_for_acknowledgements()
                threading.Event().wait(moments.uniform(0.05, 1))
                world.bus.process.send_signal(signal.SIGTERM)
                world.wait_dead(moments.uniform(0, 0.05))
                at = time.monotonic()
                status = world.bus.stop() if world.bus.process else 0
                slowest = max(slowest, time.monotonic() - at)
                must(status in (0, INTERRUPTED), f"the second SIGTERM ended with {status}: {world.bus.errors()}")
                at_once += status == INTERRUPTED
                must(slowest <= AT_ONCE_SECONDS, f"the second SIGTERM took {slowest:.2f} s")
                found = world.integrity()
                must(found == "ok", f"integrity_check: {found}")
                must(world.start(), f"no start afterwards: {world.bus.errors()}")
            result = world.check(crashes=at_once)
    return record(state, "second SIGTERM", rounds, started, seed=seed, ended=at_once, slowest=round(slowest, 2), **result)
