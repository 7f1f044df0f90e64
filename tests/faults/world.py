"""What every fault scenario is made of: a daemon, a load with its ledger, a sink, and the check of one against the other.

The ledger and the sink's file lie on a file system of their own (/dev/shm), so what is done to the daemon's disk does not
reach them.
"""
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
import harness  # noqa: E402

WINDOW = 64
# Of a target, for each crash. An outcome waits for the commit that is under way and is written by the next one; what is
# delivered meanwhile was held when the first began, or came into the window when it ended.
DUPLICATES_MAX = 2 * WINDOW

CONFIG = f"""
log: {{level: info}}
rules: [rules.yaml]
delivery: {{retry_base: 50ms, retry_cap: 1s, concurrency: 16, window: {WINDOW}, timeout: 2s, breaker_probe: 100ms}}
history: {{keep: 1m, bytes: 1MiB}}
log_files: {{rotate_bytes: 2MiB, retention_days: 1}}
"""
RULES = """
Rules:
  - Name: log
    EventPattern: {source: [load]}
    Targets:
      - {Id: log, Arn: "file:load"}
  - Name: hook
    EventPattern: {source: [load]}
    Targets:
      - {Id: hook, Arn: "%(url)s/hook"}
  - Name: refused
    EventPattern: {source: [refused]}
    Targets:
      - {Id: refused, Arn: "%(url)s/refused"}
"""


class Failed(AssertionError):
    """A promise was broken."""


def must(condition, what):
    if not condition:
        raise Failed(what)


class World:
    """One daemon with its data in `folder`, a sink, and a load that runs whenever it is asked to."""

    def __init__(self, build, folder, config=CONFIG, refuse_one_in=10, rate=1000):
        self.build = pathlib.Path(build)
        harness.BINARY = str(self.build / "eventbusd")
        self.notes = pathlib.Path(tempfile.mkdtemp(prefix="eventbusd-faults-", dir="/dev/shm"))
        self.ledger = self.notes / "ledger"
        self.taken = self.notes / "sink"
        self.rate = rate
        self.next_number = 0
        self.load_process = None
        self.sink = subprocess.Popen([self.build / "fault_sink", self.taken, str(refuse_one_in)],
                                     stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{int(self.sink.stdout.readline())}"
        self.rules = self.notes / "rules.yaml"
        self.rules.write_text(RULES % {"url": self.url})
        self.bus = harness.Daemon(self.notes, config=config)
        self.bus.data = pathlib.Path(folder) / "data"
        self.bus.port = harness.free_port()

    def close(self):
        self.stop_load()
        self.bus.kill()
        self.sink.kill()
        self.sink.wait()
        self.sink.stdout.close()
        shutil.rmtree(self.notes, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # The load.

    def start_load(self, rate=None, connections=8, entries=10, padding=200):
        self.load_process = subprocess.Popen(
            [self.build / "fault_load", str(self.bus.port), self.ledger, str(self.next_number), str(rate or self.rate),
             str(connections), str(entries), str(padding)])

    def stop_load(self):
        if self.load_process:
            self.load_process.send_signal(signal.SIGTERM)
            status = self.load_process.wait(30)
            self.load_process = None
            must(status == 0, f"the load ended with {status}")
            self.next_number = max((first + count for first, count in self.sent()), default=0)

    def open_sink(self, is_open):
        """A closed one answers 503 to everything, so that what is acknowledged is in the store alone."""
        self.sink.send_signal(signal.SIGUSR2 if is_open else signal.SIGUSR1)

    def sent(self):
        return [(int(first), int(count)) for kind, first, count in self.ledger_lines() if kind == "s"]

    def acknowledged(self):
        """{event id: number}"""
        return {event: int(number) for kind, event, number in self.ledger_lines() if kind == "a"}

    def acknowledged_count(self):
        return sum(1 for kind, *_ in self.ledger_lines() if kind == "a")

    def ledger_lines(self):
        if not self.ledger.exists():
            return
        with open(self.ledger) as file:
            for line in file:
                if line.endswith("\n"):
                    yield line.split()

    def wait_for_acknowledgements(self, more=1, seconds=30):
        before = self.ledger.stat().st_size if self.ledger.exists() else 0
        harness.wait_until(lambda: self.acknowledged_since(before) >= more, "an acknowledgement", seconds)

    def acknowledged_since(self, offset):
        if not self.ledger.exists():
            return 0
        with open(self.ledger) as file:
            file.seek(offset)
            return sum(1 for line in file if line.startswith("a "))

    # The daemon.

    def start(self, **environment):
        """Starts it; a crash that was asked for may come before it is ready: then gives False."""
        self.bus.environment = {**os.environ, **environment}
        try:
            self.bus.start()
            return True
        except AssertionError:
            self.bus.kill()
            return False

    def change_rules(self, number):
        """Another rule beside those of the load, for a reload; without a match, as a dead letter of its own would hide a loss."""
        beside = self.rules.with_suffix(".new")
        beside.write_text(RULES % {"url": self.url} + f"""  - Name: reloaded-{number}
    EventPattern: {{source: [nobody]}}
    Targets:
      - {{Id: log, Arn: "file:reloaded"}}
""")
        beside.replace(self.rules)

    def wait_dead(self, seconds):
        """The exit status, or None if it still lives then."""
        try:
            self.bus.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        return self.bus._reap()

    def integrity(self):
        """Of a copy, as no second process may write to the live file."""
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            copied = pathlib.Path(folder) / "eventbusd.db"
            for suffix in ("", "-wal"):
                file = pathlib.Path(str(self.bus.data / "eventbusd.db") + suffix)
                if file.exists():
                    shutil.copyfile(file, str(copied) + suffix)
            if not copied.exists() or copied.stat().st_size == 0:
                return "ok"
            with_connection = sqlite3.connect(copied)
            try:
                return with_connection.execute("PRAGMA integrity_check").fetchone()[0]
            finally:
                with_connection.close()

    # The check.

    def dead_letters(self):
        """{event id: [error code, …]}"""
        letters, token = {}, ""
        while True:
            status, page = self.bus.get(f"/dlq?limit=1000{token}")
            must(status == 200, f"GET /dlq answered {status}: {page}")
            for letter in page["DeadLetters"]:
                letters.setdefault(letter["Event"].get("id", "-"), []).append(letter["ERROR_CODE"])
            if not page.get("NextToken"):
                return letters
            token = "&next_token=" + page["NextToken"]

    def owed(self):
        """How many deliveries are; None if it has no descriptor for such a question just now."""
        status, answer = self.bus.get("/metrics")
        must(status in (200, 503), f"GET /metrics answered {status}: {answer}")
        return harness.metrics_of(answer)["eventbusd_deliveries_backlog"] if status == 200 else None

    def wait_delivered(self, patience=120):
        """Until nothing is owed any more. A slow machine may take its time, as long as the backlog shrinks."""
        least, since = None, time.monotonic()
        while least != 0:
            owed = self.owed()
            if owed is not None and (least is None or owed < least):
                least, since = owed, time.monotonic()
            must(time.monotonic() - since < patience, f"{owed} deliveries owed for {patience} s: {self.bus.errors()}")
            threading.Event().wait(0.05)

    def check(self, crashes, may_miss=0, extra=frozenset()):
        """Waits until nothing is owed; gives what was lost, made up, changed or doubled. Raises Failed if a promise is broken: more than
        `may_miss` lost, or more duplicates than `crashes` may make (None: whatever their number). `extra`: numbers that others than the load have sent."""
        self.stop_load()
        self.wait_delivered()
        acknowledged = self.acknowledged()
        letters = self.dead_letters()
        hooked, logged, hook_numbers, changed = {}, {}, set(), set()
        with open(self.taken) as file:
            for line in file:
                _, webhook, event, number = line.split()
                hooked[event] = hooked.get(event, 0) + 1
                hook_numbers.add(int(number))
                if acknowledged.get(event, int(number)) != int(number):
                    changed.add(event)
        for line in self.bus.log_lines("load"):
            logged[line["id"]] = logged.get(line["id"], 0) + 1
            hook_numbers.add(line["detail"]["n"])
            if acknowledged.get(line["id"], line["detail"]["n"]) != line["detail"]["n"]:
                changed.add(line["id"])
        refused_ids = {event for event, number in acknowledged.items() if number % 10 == 0}
        lost = [event for event in acknowledged
                if (event not in letters if event in refused_ids else
                    (event not in hooked or event not in logged) and event not in letters)]
        sent = set()
        for first, count in self.sent():
            sent.update(range(first, first + count))
        phantom = hook_numbers - sent - extra
        doubled = sum(count - 1 for count in hooked.values())
        log_doubled = sum(count - 1 for count in logged.values())
        result = {"acknowledged": len(acknowledged), "lost": len(lost), "phantom": len(phantom),
                  "duplicates": doubled, "log_duplicates": log_doubled,
                  "dead_letters": sum(len(codes) for codes in letters.values())}
        must(may_miss is None or len(lost) <= may_miss,
             f"{len(lost)} acknowledged events lost ({may_miss} are accounted for), one of them {lost[:1]}: {result}")
        must(not changed, f"{len(changed)} events that were changed on the way: {result}")
        must(not phantom, f"{len(phantom)} events that nobody sent: {result}")
        must(crashes is None or max(doubled, log_doubled) <= crashes * DUPLICATES_MAX, f"too many duplicates for {crashes} crashes: {result}")
        return result


def record(state, scenario, rounds, started, **figures):
    """One line of the results."""
    line = {"scenario": scenario, "rounds": rounds, "seconds": round(time.monotonic() - started, 1), **figures}
    with open(pathlib.Path(state) / "results.jsonl", "a") as file:
        file.write(json.dumps(line) + "\n")
    return line
