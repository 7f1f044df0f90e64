"""Damage of the database and of its log. Nothing may be silently missing, made up or changed: what cannot be delivered is a dead
letter, or the daemon refuses to serve and `eventbusd recover` says how much it could not read.
"""
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

PAGE = 4096
DAMAGED = 65
WITH_EVENTS = ("events", "deliveries", "dead_letters")

SAVED = re.compile(r"^(\w+): \d+ saved(.*)$", re.M)
COUNTED = re.compile(r"^(?:, (\d+) lost)?$")
BOUNDED = re.compile(r"^, (?:those of )?at most (\d+) (?:events )?lost$")
MISSING = re.compile(r"^missing: the last (\d+) changes", re.M)


def page_of(file, moments):
    return moments.randrange(file.stat().st_size // PAGE) * PAGE


def overwrite(file, at, data):
    with open(file, "r+b") as opened:
        opened.seek(at)
        opened.write(data)


def flip_bit(file, moments):
    at = moments.randrange(file.stat().st_size)
    byte = file.read_bytes()[at]
    overwrite(file, at, bytes([byte ^ 1 << moments.randrange(8)]))


def zero_page(file, moments):
    overwrite(file, page_of(file, moments), bytes(PAGE))


def random_page(file, moments):
    overwrite(file, page_of(file, moments), moments.randbytes(PAGE))


def cut(file, moments):
    os.truncate(file, moments.randrange(file.stat().st_size))


def cut_at_page(file, moments):
    os.truncate(file, page_of(file, moments))


# Name, what is damaged, how, and whether the daemon has to have been killed for it.
KINDS = [
    ("a bit of the database", "eventbusd.db", flip_bit, False),
    ("a page of zeros", "eventbusd.db", zero_page, False),
    ("a page of noise", "eventbusd.db", random_page, False),
    ("a shorter database", "eventbusd.db", cut, False),
    ("a database with fewer pages", "eventbusd.db", cut_at_page, False),
    ("a bit of the log", "eventbusd.db-wal", flip_bit, True),
    ("a shorter log", "eventbusd.db-wal", cut, True),
]


def status_of_start(world):
    """None if it serves, else how it ended."""
    world.bus.environment = dict(os.environ)
    try:
        world.bus.start()
        return None
    except AssertionError:
        status = world.bus.process.returncode
        world.bus.kill()
        return status


def status_of_service(world):
    """None once nothing is owed any more, else how it ended before that."""
    try:
        world.wait_delivered()
        world.dead_letters()  # their pages may be what is damaged
        return None
    except (OSError, ValueError, EOFError, KeyError, Failed):
        status = world.wait_dead(10)
        must(status is not None, f"it neither answers nor ends: {world.bus.errors()}")
        return status


def serve(world):
    status = status_of_start(world)
    return status if status is not None else status_of_service(world)


def damaged_letters(world):
    """Dead letters of events that have lost their id with the rest: each may be what an acknowledged event has become."""
    acknowledged = world.acknowledged()
    return sum(codes.count("CORRUPT") for event, codes in world.dead_letters().items() if event not in acknowledged)


def loss_of(table, told):
    """(how many rows or events are lost, whether that is a bound only)"""
    counted, bounded = COUNTED.match(told), BOUNDED.match(told)
    must(counted or bounded, f"nobody knows how much is lost of {table}: {told}")
    return (int(counted.group(1) or 0), False) if counted else (int(bounded.group(1)), True)


def recover(world):
    """Goes on in a new folder with what can be saved. Gives how many rows and changes are said to be lost at most, whether they were
    counted, and the report."""
    damaged = world.bus.data
    saved = damaged.parent / "recovered"
    done = subprocess.run([world.build / "eventbusd", "recover", "--from", str(damaged), "--to", str(saved)],
                          capture_output=True, text=True)
    must(done.returncode == 0, f"recover ended with {done.returncode}: {done.stdout}{done.stderr}")
    shutil.copytree(damaged / "logs", saved / "logs", dirs_exist_ok=True)
    world.bus.data = saved
    status = serve(world)
    must(status is None, f"the recovered folder ended the daemon with {status}: {done.stdout}{world.bus.errors()}")
    tables = dict(SAVED.findall(done.stdout))
    must(tables.keys() >= set(WITH_EVENTS), f"a report without its tables: {done.stdout}")
    losses = [loss_of(table, tables[table]) for table in WITH_EVENTS]
    missing = MISSING.search(done.stdout)
    told = sum(lost for lost, _ in losses) + (int(missing.group(1)) if missing else 0)
    return told, not any(is_bound for _, is_bound in losses), done.stdout


def damage_once(world, kind, moments):
    """One damage and what came of it."""
    _, file_name, damage, needs_kill = kind
    must(world.start(), f"a first start: {world.bus.errors()}")
    world.start_load(rate=1500)
    world.wait_for_acknowledgements(200)
    world.open_sink(False)
    world.wait_for_acknowledgements(moments.randint(50, 1200))
    if needs_kill or moments.random() < 0.5:
        world.bus.kill()
        world.stop_load()
    else:
        world.stop_load()
        must(world.bus.stop() == 0, f"a clean end: {world.bus.errors()}")
    damage(world.bus.data / file_name, moments)
    world.open_sink(True)
    status = serve(world)
    if status is None:
        result = world.check(crashes=None, may_miss=damaged_letters(world))
        return {**result, "served": 1}
    must(status == DAMAGED, f"ended with {status}, not {DAMAGED}: {world.bus.errors()}")
    must("eventbusd recover" in world.bus.errors(), f"the way out is not named: {world.bus.errors()}")
    told, is_counted, report = recover(world)
    try:
        result = world.check(crashes=None, may_miss=told + damaged_letters(world))
    except Failed as failed:
        raise Failed(f"{failed}; the report: {report}")
    return {**result, "recovered": 1, "counted": int(is_counted), "bounded": int(not is_counted)}


def corruptions(build, state, rounds, seed):
    """One kind of damage after the other, each in a folder of its own."""
    started = time.monotonic()
    moments = random.Random(seed)
    first = moments.randrange(len(KINDS))
    sums = {"served": 0, "recovered": 0, "counted": 0, "bounded": 0}
    for number in range(rounds):
        kind = KINDS[(first + number) % len(KINDS)]
        with tempfile.TemporaryDirectory(prefix="eventbusd-faults-", dir=state) as folder:
            with World(build, folder) as world:
                try:
                    result = damage_once(world, kind, moments)
                except Failed as failed:
                    raise Failed(f"{kind[0]}: {failed}")
        # The check has held what is missing against what was told of it.
        result["told_missing"] = result.pop("lost", 0)
        for key, value in result.items():
            sums[key] = sums.get(key, 0) + value
    return record(state, "corruption", rounds, started, seed=seed, lost=0, **sums)
