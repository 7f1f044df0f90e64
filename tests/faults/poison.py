"""An event that makes the daemon crash whenever it is delivered: after three crashes it is a dead letter, and all others arrive."""
import json
import os
import random
import signal
import tempfile
import time

from world import World, must, record

MARK = "poison-pill"
# Of the event, however many targets it has.
CRASHES = 3


def start_poisoned(world):
    """Starts it; gives whether it lived until it answered."""
    world.bus.environment = {**os.environ, "EVENTBUSD_POISON": MARK}
    try:
        world.bus.start()
        return True
    except AssertionError:
        must(world.bus.process.returncode == -signal.SIGSEGV, f"ended with {world.bus.process.returncode}: {world.bus.errors()}")
        world.bus.kill()
        return False


def poison_once(world, moments):
    """Gives how often the daemon crashed."""
    must(start_poisoned(world), "a first start")
    world.start_load(rate=moments.choice((300, 1000, 3000)))
    world.wait_for_acknowledgements(moments.randint(1, 400))
    try:
        world.bus.post("/events", {"source": "load", "detail-type": "Poison", "detail": {"n": 10**9, "note": MARK}})
    except (OSError, ValueError, EOFError):
        pass  # it is delivered, and so ends the daemon, perhaps before the answer is out
    crashes = 0
    deadline = time.monotonic() + 90
    while True:
        # Ten seconds without a crash are many retries of whatever waits.
        status = world.wait_dead(10)
        if status is None:
            return crashes
        must(status == -signal.SIGSEGV, f"ended with {status}: {world.bus.errors()}")
        crashes += 1
        while not start_poisoned(world):
            crashes += 1
            must(time.monotonic() < deadline, f"it still crashes after {crashes} times: {world.bus.errors()}")


def poison(build, state, rounds, seed):
    started = time.monotonic()
    moments = random.Random(seed)
    sums = {}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="eventbusd-faults-", dir=state) as folder:
            with World(build, folder) as world:
                crashes = poison_once(world, moments)
                world.stop_load()
                world.wait_delivered()
                status, page = world.bus.get("/dlq?limit=1000&error_code=POISON")
                must(status == 200, f"GET /dlq answered {status}: {page}")
                letters = page["DeadLetters"]
                notes = [json.dumps(letter["Event"]) for letter in letters]
                must(crashes == CRASHES, f"{crashes} crashes")
                must(letters and all(MARK in note for note in notes), f"the wrong dead letters: {notes}")
                must({letter["TargetId"] for letter in letters} <= {"hook", "log"}, f"letters of nobody: {letters}")
                result = world.check(crashes=crashes, extra={10**9})
                must(world.bus.stop() == 0, f"a clean end: {world.bus.errors()}")
        for key, value in {**result, "crashes": crashes}.items():
            sums[key] = sums.get(key, 0) + value
    return record(state, "poison", rounds, started, seed=seed, **sums)
