"""A replay beside live events, of a daemon that is killed meanwhile."""
import datetime
import json
import random
import tempfile
import threading
import time

from world import CONFIG, RULES, World, harness, must, record

EVENTS_PER_ROUND, LARGE_EVENTS = 4_000, 500_000
KILLS = 5
PUTTERS = 4
ENTRIES = 10
BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default"
REPLAYED = """
  - Name: seen
    EventPattern: {source: [kept], replay-name: [{exists: true}]}
    Targets:
      - {Id: seen, Arn: "file:seen"}
"""


def ask(world, operation, **body):
    status, answer = world.bus.call(operation, **body)
    must(status == 200, f"{operation} answered {status}: {answer}")
    return answer


def put(world, first, last):
    for number in range(first, last, ENTRIES):
        answer = ask(world, "PutEvents", Entries=[
            {"Source": "kept", "DetailType": "t", "Detail": json.dumps({"n": n})} for n in range(number, min(number + ENTRIES, last))])
        must(answer["FailedEntryCount"] == 0, f"{answer}")


def fill(world, count):
    ask(world, "CreateArchive", ArchiveName="kept", EventSourceArn=BUS, EventPattern='{"source":["kept"],"replay-name":[{"exists":false}]}')
    share = -(-count // PUTTERS)
    putters = [threading.Thread(target=put, args=(world, first, min(first + share, count))) for first in range(0, count, share)]
    for putter in putters:
        putter.start()
    for putter in putters:
        putter.join()
    held = ask(world, "DescribeArchive", ArchiveName="kept")["EventCount"]
    must(held == count, f"the archive holds {held} of {count} events")


def begin(world):
    now = datetime.datetime.now(datetime.timezone.utc).timestamp()
    ask(world, "StartReplay", ReplayName="again", EventSourceArn="arn:aws:events:us-east-1:000000000000:archive/kept",
        Destination={"Arn": BUS}, EventStartTime=now - 86400, EventEndTime=now)


def told(world):
    return ask(world, "DescribeReplay", ReplayName="again")


def is_over(world):
    return told(world)["State"] not in ("STARTING", "RUNNING")


def seen(world):
    """{number: {event id: how often}}"""
    found = {}
    for line in world.bus.log_lines("seen"):
        ids = found.setdefault(line["detail"]["n"], {})
        ids[line["id"]] = ids.get(line["id"], 0) + 1
    return found


def check(world, count, kills):
    found = seen(world)
    must(set(found) == set(range(count)), f"{count - len(found)} archived events were not replayed")
    events = [sum(ids.values()) for ids in found.values()]
    must(max(events) <= 1 + kills, f"one event was delivered {max(events)} times by one replay with {kills} kills")
    must(all(len(ids) == 1 for ids in found.values()), "an event was replayed twice under different ids")
    return {"replayed": sum(events), "replayed_again": sum(events) - count}


def replays(build, state, rounds, seed):
    """The more rounds, the more events; always KILLS kills, soon after one another."""
    return kill_in_replay(build, state, "replay", rounds, seed, EVENTS_PER_ROUND * rounds, (0.05, 0.3))


def large(build, state, rounds, seed):
    """Half a million events; the kills are spread over the replay. It takes nearly all of the writer's time, so that it fits into a slice."""
    return kill_in_replay(build, state, "large replay", rounds, seed, LARGE_EVENTS, (30, 60), CONFIG + "replays: {share_percent: 90}\n")


def kill_in_replay(build, state, name, rounds, seed, count, pauses, config=CONFIG):
    started, moments, kills = time.monotonic(), random.Random(seed), 0
    with tempfile.TemporaryDirectory(prefix="eventbusd-faults-", dir=state) as folder, World(build, folder, config) as world:
        (world.notes / "rules.yaml").write_text(RULES % {"url": world.url} + REPLAYED)
        must(world.start(), "a first start")
        fill(world, count)
        world.start_load(rate=1000)
        world.wait_for_acknowledgements()
        begin(world)
        begun = time.monotonic()
        while kills < KILLS and not is_over(world):
            threading.Event().wait(moments.uniform(*pauses))
            world.bus.kill()
            must(world.start(), f"no start after a kill: {world.bus.errors()}")
            kills += 1
        must(kills > 0, "the replay was over before it could be killed")
        harness.wait_until(lambda: is_over(world), "the end of the replay", 400)
        must(told(world)["State"] == "COMPLETED", f"{told(world)}")
        replay_seconds = round(time.monotonic() - begun)
        result = world.check(crashes=kills)
        result |= check(world, count, kills)
        must(world.bus.stop() == 0, f"a clean end: {world.bus.errors()}")
    return record(state, name, rounds, started, seed=seed, crashes=kills, replay_seconds=replay_seconds, **result)
