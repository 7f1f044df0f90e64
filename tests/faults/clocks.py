"""The calendar jumps by an hour and by a day, to and fro, under a running daemon and while it is down (clock.cpp)."""
import contextlib
import os
import pathlib
import random
import signal
import struct
import tempfile
import threading
import time

from world import CONFIG, World, must, record

HOUR, DAY = 3600, 86400
# In sum nothing, so that many rounds stay near the present, on both sides of it.
JUMPS = (HOUR, -HOUR, DAY, -DAY, -DAY, DAY, -HOUR, HOUR)
RETRY_CAP_SECONDS = 1  # of CONFIG
SLACK_SECONDS = 1.5  # to deliver what has waited, on a machine that does other things too
BUSIER_MAX = 0.05
LOOK_SECONDS = 0.5


class Calendar:
    def __init__(self, world):
        self.file = world.notes / "clock-ahead"
        self.seconds, self.most = 0, 0
        self.jump(0)
        self.environment = {"LD_PRELOAD": str(world.build / "libfault_clock.so"), "EVENTBUSD_CLOCK_AHEAD": str(self.file)}

    def may_jump_down(self, seconds):
        """Whether a daemon can make up for it that was not there: what is accepted is a day too old then, what was due waits an hour if it
        has gone back."""
        return seconds == HOUR and self.seconds + seconds >= self.most

    def jump(self, seconds):
        self.seconds += seconds
        self.most = max(self.most, self.seconds)
        with open(self.file, "r+b" if self.file.exists() else "wb", buffering=0) as file:
            file.write(struct.pack("=q", self.seconds * 10**9))


@contextlib.contextmanager
def no_load(world):
    world.load_process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        world.load_process.send_signal(signal.SIGCONT)


def cpu_share(pid, seconds=LOOK_SECONDS):
    """The part of one core that a process takes."""
    def used():
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    begun, before = time.monotonic(), used()
    threading.Event().wait(seconds)
    return (used() - before) / (time.monotonic() - begun)


def jump_running(world, calendar, seconds):
    """Gives how much busier it is than before."""
    before = cpu_share(world.bus.process.pid)
    calendar.jump(seconds)
    return cpu_share(world.bus.process.pid) - before


def jump_down(world, calendar, seconds):
    world.bus.kill()
    calendar.jump(seconds)
    must(world.start(**calendar.environment), f"no start: {world.bus.errors()}")
    return 0.0


def jump_once(world, calendar, seconds, jump):
    """While deliveries wait for their next attempt. Gives the seconds until all of them are made, and how much busier it was."""
    world.open_sink(False)
    world.wait_for_acknowledgements(50)
    threading.Event().wait(RETRY_CAP_SECONDS)
    with no_load(world):
        busier = jump(world, calendar, seconds)
        must(busier <= BUSIER_MAX, f"a jump of {seconds} s keeps it busy: {busier:.0%} of a core more")
        world.open_sink(True)
        at = time.monotonic()
        world.wait_delivered(30)
        took = time.monotonic() - at
    must(took <= RETRY_CAP_SECONDS + SLACK_SECONDS, f"after a jump of {seconds} s what waited was delivered only {took:.1f} s later")
    world.wait_for_acknowledgements()
    return took, busier


def jumps(build, state, rounds, seed):
    started = time.monotonic()
    turn = random.Random(seed).randrange(len(JUMPS) // 2) * 2
    slowest, busiest, kills = 0.0, 0.0, 0
    config = CONFIG.replace("retention_days: 1", "retention_days: 30")  # by the calendar, which is what jumps
    with tempfile.TemporaryDirectory(prefix="eventbusd-faults-", dir=state) as folder:
        with World(build, folder, config=config, rate=500) as world:
            calendar = Calendar(world)
            must(world.start(**calendar.environment), "a first start")
            world.start_load()
            for number in range(rounds):
                seconds = JUMPS[(turn + number) % len(JUMPS)]
                is_down = calendar.may_jump_down(seconds)
                kills += is_down
                took, busier = jump_once(world, calendar, seconds, jump_down if is_down else jump_running)
                slowest, busiest = max(slowest, took), max(busiest, busier)
            result = world.check(crashes=kills)
            early = [codes for codes in world.dead_letters().values() if "TIMEOUT" in codes]
            must(not early, f"{len(early)} events are said to be too old")
            must(world.bus.stop() == 0, f"a clean end: {world.bus.errors()}")
    return record(state, "clock jump", rounds, started, seed=seed, slowest=round(slowest, 2), busier=round(busiest, 3), **result)
