"""Stores of released schemas (tests/data/databases) are migrated by a daemon that is killed meanwhile, and one of a million events is."""
import contextlib
import random
import re
import shutil
import sqlite3
import tempfile
import time

from world import HERE, World, harness, must, record

DATABASES = HERE.parent / "data" / "databases"
# The events and dead letters that each of them holds, whichever of the former have become the latter meanwhile.
UNDELIVERED = 8
# More statements than a start with a migration has.
STATEMENTS_MAX = 400
# From so many rounds on every statement gets one.
SWEEP = 100
# Of a row for each event, and one for what it owes.
MILLION = 1_000_000
SECONDS_PER_MILLION = 10


# They have some.
NO_RULES = "Rules: []\n"


def released():
    """{schema: file}, without the newest, which needs no migration."""
    files = {int(re.search(r"\d+", file.name).group()): file for file in DATABASES.glob("schema-*.db")}
    return {schema: files[schema] for schema in sorted(files)[:-1]}


def schema_of(file):
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        return database.execute("PRAGMA user_version").fetchone()[0]


def put(world, file):
    """A data folder with this store. The master key of its time is gone; it seals nothing."""
    (world.notes / "rules.yaml").write_text(NO_RULES)
    shutil.rmtree(world.bus.data, ignore_errors=True)
    world.bus.data.mkdir()
    shutil.copyfile(file, world.bus.data / "eventbusd.db")
    with contextlib.closing(sqlite3.connect(world.bus.data / "eventbusd.db")) as database:
        database.execute("DELETE FROM catalog WHERE kind = 'master-key-check'")
        database.commit()


def crash(world, file, statement):
    """A migration that ends before this statement. Gives whether it had so many."""
    put(world, file)
    if world.start(EVENTBUSD_CRASH_AT=f"sqlite.statement:{statement}"):
        world.bus.kill()
        return False
    return True


def letters(world):
    return sum(len(codes) for codes in world.dead_letters().values())


def check(world, schema, statement):
    what = f"schema {schema}, killed before statement {statement}"
    must(world.integrity() == "ok", f"{what}: integrity_check")
    must(world.start(), f"{what}: no start: {world.bus.errors()}")
    harness.wait_until(lambda: world.owed() + letters(world) == UNDELIVERED, f"{what}: {UNDELIVERED} deliveries, owed or dead")
    copy = world.bus.data / "backup" / f"eventbusd.db.schema-{schema}"
    must(copy.exists() and schema_of(copy) == schema, f"{what}: no copy of what was there before")
    status, answer = world.bus.post("/events", {"source": "s", "detail-type": "t", "detail": {}})
    must(status == 200, f"{what}: {status} {answer}")
    must(world.bus.stop() == 0, f"{what}: a clean end: {world.bus.errors()}")


def statements(rounds, moments):
    """Every one until there are no more; or some, of which those that do not exist crash nothing."""
    return range(1, STATEMENTS_MAX) if rounds >= SWEEP else sorted(moments.sample(range(1, 120), rounds))


def crashes(build, state, rounds, seed):
    started = time.monotonic()
    moments = random.Random(seed)
    reached = {}
    with tempfile.TemporaryDirectory(prefix="eventbusd-faults-", dir=state) as folder, World(build, folder) as world:
        for schema, file in released().items():
            reached[schema] = 0
            for statement in statements(rounds, moments):
                if not crash(world, file, statement):
                    break
                reached[schema] += 1
                check(world, schema, statement)
    must(all(reached.values()), f"no statement was reached: {reached}")
    return record(state, "crash in an upgrade", rounds, started, seed=seed, reached=sum(reached.values()), schemas=list(reached))


# As the first release would have written them; the tables of a release do not change any more.
FILL = """
    INSERT INTO events SELECT 1000 + n, 'filled-' || n, e.bus_arn, :now, e.bytes, e.trace_header, e.visited_buses, e.envelope
      FROM numbers, (SELECT * FROM events WHERE envelope LIKE '%golden.waiting%' LIMIT 1) e;
    INSERT INTO deliveries SELECT 1000 + n, d.lane_id, :later, 1, 'CONNECTION_FAILURE'
      FROM numbers, (SELECT lane_id FROM deliveries LIMIT 1) d;
    UPDATE counters SET last_seq = 1000 + :count, owed = owed + :count,
      history_bytes = history_bytes + (SELECT SUM(bytes) FROM events WHERE seq > 1000);
"""


def fill(file, count):
    now = int(time.time() * 1000)
    values = {"now": now, "later": now + 3_600_000, "count": count}
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("CREATE TEMP TABLE numbers (n INTEGER PRIMARY KEY)")
        database.executemany("INSERT INTO numbers VALUES (?)", ((n,) for n in range(1, count + 1)))
        for statement in FILL.split(";")[:-1]:
            database.execute(statement, values)
        database.commit()


def million(build, state, rounds, seed):
    """From the start to the first accepted event. A tenth of a million for each round, up to a million."""
    started = time.monotonic()
    count = min(rounds * MILLION // 10, MILLION)
    with tempfile.TemporaryDirectory(prefix="eventbusd-faults-", dir=state) as folder, World(build, folder) as world:
        put(world, DATABASES / "schema-1.db")
        fill(world.bus.data / "eventbusd.db", count)
        at = time.monotonic()
        must(world.start(), f"no start: {world.bus.errors()}")
        took = time.monotonic() - at
        owed = world.owed()
        must(owed in range(count, count + UNDELIVERED), f"{owed} owed deliveries of {count}")
        limit = SECONDS_PER_MILLION * max(count / MILLION, 0.2)  # and what every start takes
        must(took <= limit, f"the migration of {count} events took {took:.1f} s")
        world.bus.kill()
    return record(state, "large upgrade", rounds, started, seed=seed, events=count, slowest=round(took, 2))
