"""Little of what the machine has: few descriptors and many callers, little memory and many large bodies."""
import contextlib
import http.client
import json
import os
import pathlib
import re
import socket
import tempfile
import threading
import time

import failures
from clocks import cpu_share
from world import World, harness, must, record

DESCRIPTORS = 64
IDLE_CALLERS = 500
BUSY_MAX = 0.2
RECOVERY_SECONDS = 1

MEMORY_BYTES = 128 << 20
BODIES = 200
BODY_BYTES = 1 << 20


def program(world, *before):
    """One that does `before` and is the daemon then."""
    script = world.notes / "eventbusd-bounded"
    script.write_text("#!/bin/sh\n" + "\n".join(before[:-1]) + f"\nexec {before[-1]} {world.build}/eventbusd \"$@\"\n")
    script.chmod(0o755)
    return str(script)


# Descriptors.

def put(connection):
    """The status of one event over a connection that stays open."""
    connection.request("POST", "/events", json.dumps({"source": "nobody", "detail-type": "t", "detail": {}}),
                       {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def idle_caller(port):
    caller = socket.socket()
    caller.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        caller.connect(("127.0.0.1", port))
    return caller


def is_answered(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        return put(connection) == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def crowd_once(world):
    """Gives the CPU share beside idle callers, and the seconds until a new caller is served once they are gone."""
    known = [http.client.HTTPConnection("127.0.0.1", world.bus.port, timeout=10) for _ in range(3)]
    idle = []
    try:
        must([put(one) for one in known] == [200] * 3, "events are taken before")
        idle += [idle_caller(world.bus.port) for _ in range(IDLE_CALLERS)]
        busy = cpu_share(world.bus.process.pid, 2)
        must(busy <= BUSY_MAX, f"{IDLE_CALLERS} idle callers take {busy:.0%} of a core")
        for _ in range(20):
            statuses = [put(one) for one in known]
            must(statuses == [200] * 3, f"beside idle callers those that were connected get {statuses}")
    finally:
        for one in known + idle:
            one.close()
    gone = time.monotonic()
    harness.wait_until(lambda: is_answered(world.bus.port), "an answer once the idle callers are gone", 30)
    took = time.monotonic() - gone
    must(took <= RECOVERY_SECONDS, f"a new caller is served only {took:.1f} s after they are gone")
    return busy, took


def few_descriptors(build, state, rounds, seed):
    """Idle callers take every descriptor there is: those that were connected before are served, and deliveries go on afterwards."""
    started = time.monotonic()
    busiest, slowest = 0.0, 0.0
    with tempfile.TemporaryDirectory(prefix="eventbusd-faults-", dir=state) as folder, World(build, folder) as world:
        bounded = program(world, f"prlimit --nofile={DESCRIPTORS}:{DESCRIPTORS}")
        status = failures.start(world, bounded, dict(os.environ))
        must(status is None, f"with {DESCRIPTORS} descriptors it ended with {status}: {world.bus.errors()}")
        for _ in range(rounds):
            world.start_load(rate=200, connections=4)
            world.wait_for_acknowledgements()
            world.stop_load()
            busy, took = crowd_once(world)
            busiest, slowest = max(busiest, busy), max(slowest, took)
        result = world.check(crashes=0)
        must(world.bus.stop() == 0, f"a clean end: {world.bus.errors()}")
    return record(state, "few descriptors", rounds, started, seed=seed, busiest=round(busiest, 3), slowest=round(slowest, 2), **result)


# Memory.

class MemoryGroup:
    """A control group that a process joins by `join`, with a bound on its memory."""

    def __init__(self, limit):
        self.is_second = pathlib.Path("/sys/fs/cgroup/cgroup.controllers").exists()
        root = pathlib.Path("/sys/fs/cgroup") / ("" if self.is_second else "memory")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="eventbusd-faults-", dir=root))
        try:
            (self.folder / ("memory.max" if self.is_second else "memory.limit_in_bytes")).write_text(str(limit))
        except OSError:
            self.folder.rmdir()
            raise
        self.join = f"echo $$ > {self.folder}/cgroup.procs"

    def kills(self):
        text = (self.folder / ("memory.events" if self.is_second else "memory.oom_control")).read_text()
        return int(re.search(r"oom_kill (\d+)", text).group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.rmdir()


def why_no_groups():
    """Why the memory of a process cannot be bounded here, or nothing."""
    try:
        with MemoryGroup(MEMORY_BYTES) as group:
            group.kills()
    except (OSError, AttributeError) as error:
        return str(error)
    return None


def large_body(number):
    detail = json.dumps({"n": number, "padding": "x" * (BODY_BYTES - 1024)})
    return json.dumps({"Entries": [{"Source": "load", "DetailType": "t", "Detail": detail}]}).encode()


def note(world, number, event):
    """As load.cpp does."""
    with open(world.ledger, "a") as ledger:
        ledger.write(f"s {number} 1\n" + (f"a {event} {number}\n" if event else ""))


def post_all(world, numbers):
    """All at once. Gives how often each status came."""
    statuses, lock = {}, threading.Lock()

    def post(number):
        try:
            status, answer = world.bus.post("/events", large_body(number))
        except (OSError, http.client.HTTPException) as error:
            status, answer = type(error).__name__, {}
        event = answer["Entries"][0].get("EventId") if status == 200 else None
        with lock:
            statuses[status] = statuses.get(status, 0) + 1
            note(world, number, event)

    threads = [threading.Thread(target=post, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def resident_peak(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) >> 10


def little_memory(build, state, rounds, seed):
    """Large bodies, all at once, in a group of little memory: each is taken or refused, and nothing is killed."""
    started = time.monotonic()
    sums = {}
    with tempfile.TemporaryDirectory(prefix="eventbusd-faults-", dir=state) as folder, World(build, folder, refuse_one_in=0) as world:
        with MemoryGroup(MEMORY_BYTES) as group:
            status = failures.start(world, program(world, group.join, ""), dict(os.environ))
            must(status is None, f"no start: {status}")
            for number in range(rounds):
                first = number * BODIES
                # Those that can be divided by ten are refused by the target (load.cpp).
                numbers = [10 * (first + one) + 1 for one in range(BODIES)]
                for status, count in post_all(world, numbers).items():
                    sums[status] = sums.get(status, 0) + count
                must(world.bus.process.poll() is None, f"it ended with {world.bus.process.poll()}: {world.bus.errors()}")
            must(set(sums) <= {200, 429, 503} and sums.get(200, 0) > 0, f"answers: {sums}")
            result = world.check(crashes=0)
            peak = resident_peak(world.bus.process.pid)
            must(group.kills() == 0, "the kernel killed something for want of memory")
            must(world.bus.stop() == 0, f"a clean end: {world.bus.errors()}")
    return record(state, "little memory", rounds, started, seed=seed, answers={str(key): value for key, value in sums.items()}, resident_mib=peak, **result)
