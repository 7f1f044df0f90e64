"""./dev bench backlog | overload | purge | replay | hostile: what happens when much more waits, comes in, or goes than usual, or goes wrong."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import harness

HERE = pathlib.Path(__file__).resolve().parent
LIVE_RULE = """
Rules:
  - Name: live
    EventPattern: {detail-type: [Paced]}
    Targets:
      - {Id: live, Arn: "http://127.0.0.1:%d/hook"}
"""
DEAD_RULE = """
  - Name: dead
    EventPattern: {detail-type: [TableUpdated.v1]}
    Targets:
      - {Id: dead, Arn: "http://127.0.0.1:%d/hook"}
"""
PACED_REQUESTS = 500
# Events a second, each owed to 70 targets; of events that the measured target gets as well, more, so that there are enough of them.
OTHERS_RATE, SAME_RATE = 10, 50


def rss_mib(bus):
    status = pathlib.Path(f"/proc/{bus.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024


def delivered(bus):
    return bus.metrics().get('eventbusd_deliveries_total{outcome="delivered"}', 0)


class WalWatch(threading.Thread):
    """The largest size of the write-ahead log while it runs."""

    def __init__(self, bus):
        super().__init__(daemon=True)
        self.file, self.most, self.done = bus.data / "eventbusd.db-wal", 0, threading.Event()
        self.start()

    def run(self):
        while not self.done.wait(0.05):
            if self.file.exists():
                self.most = max(self.most, self.file.stat().st_size)

    def stop(self):
        self.done.set()
        self.join()
        return self.most / 2**20


def paced(bench, bus, port, rate=PACED_REQUESTS, seconds=5):
    """p50, p99 in ms of accept to webhook at a fixed rate."""
    done = subprocess.run([bench.program("pace"), str(bus.port), str(port), str(rate), "1", str(seconds)],
                          capture_output=True, text=True, check=True)
    return tuple(float(word) for word in done.stdout.split()[1:3])


def start(bench, name, rules, extra=""):
    folder = bench.folder / name
    folder.mkdir()
    (folder / "rules.yaml").write_text(rules)
    return harness.Daemon(folder, config="log: {level: error}\nrules: [rules.yaml]\n" + extra).start()


def fill(bench, bus, events):
    while bus.metrics()["eventbusd_deliveries_backlog"] < events:
        bench.wrk(bus.port, 10, 32)


def backlog(bench, events=1_000_000):
    dead_port, live_port = harness.free_port(), harness.free_port()
    bus = start(bench, "backlog", LIVE_RULE % live_port + DEAD_RULE % dead_port)
    alone = paced(bench, bus, live_port)
    fill(bench, bus, events)
    owed = bus.metrics()["eventbusd_deliveries_backlog"]
    bus.kill()
    begun = time.monotonic()
    bus.start()
    status, answer = bus.post("/events", {"source": "nobody", "detail-type": "t", "detail": {}})
    assert status == 200, answer
    started = time.monotonic() - begun
    beside = paced(bench, bus, live_port)
    print(f"{owed:,.0f} deliveries owed to a dead target: start after kill -9 until the first event is accepted {started:.2f} s (goal 3); "
          f"resident {rss_mib(bus):.0f} MiB (goal 150)")
    print(f"a live target beside it at {PACED_REQUESTS} requests/s: p50 {beside[0]:.2f} ms, p99 {beside[1]:.2f} ms; "
          f"alone: p50 {alone[0]:.2f}, p99 {alone[1]:.2f}; p99 ratio {beside[1] / alone[1]:.2f} (goal 2)")
    drain(bench, bus, dead_port)
    bus.stop()


def drain(bench, bus, port):
    """The rate at which the backlog goes once its target is back, beside that of an empty queue."""
    nginx, _ = bench.nginx(port)
    before = delivered(bus)
    harness.wait_until(lambda: delivered(bus) > before + 5_000, "the target to be found alive again", 90)
    watch, begun, first = WalWatch(bus), time.monotonic(), delivered(bus)
    bus.wait_idle(600)
    rate = (delivered(bus) - first) / (time.monotonic() - begun)
    wal = watch.stop()
    empty = statistics.median(bench.delivered_rate(bus, lambda: delivered(bus)) for _ in range(bench.runs))
    print(f"drained at {rate:,.0f} deliveries/s; from an empty queue {empty:,.0f}; ratio {rate / empty:.2f} (goal 0.8); "
          f"log at most {wal:.0f} MiB (goal 64); resident {rss_mib(bus):.0f} MiB")
    nginx.terminate()


def purge(bench, events=10_000_000):
    """Accept latency while the history goes, beside that of a daemon with nothing to purge."""
    port = harness.free_port()
    bus = start(bench, "purge", LIVE_RULE % port, "history: {keep: 24h, bytes: 1TiB}\n")
    alone = paced(bench, bus, port)
    while bus.metrics()["eventbusd_commit_events_total"] < events:
        bench.wrk(bus.port, 10, 32)
    bus.stop()
    bus.config.write_text(bus.config.read_text().replace("1TiB", "64MiB"))
    bus.start()
    harness.wait_until(lambda: bus.metrics()["eventbusd_history_purged_events_total"] > 0, "the purge", 60)
    beside = paced(bench, bus, port)
    purged = bus.metrics()["eventbusd_history_purged_events_total"]
    print(f"while {purged:,.0f} events were purged: p50 {beside[0]:.2f} ms, p99 {beside[1]:.2f} ms; alone p50 {alone[0]:.2f}, "
          f"p99 {alone[1]:.2f}; p99 ratio {beside[1] / alone[1]:.2f} (goal 2)")
    bus.stop()


REPLAY_RULE = """
  - Name: replayed
    EventPattern: {detail-type: [TableUpdated.v1], replay-name: [{exists: true}]}
    Targets:
      - {Id: replayed, Arn: "file:replayed"}
"""


def replay(bench, events=500_000):
    """Accept latency of live events while an archive is replayed to a log file, beside that of the same daemon before. A minute each: in ten
    seconds, one sync that the disk keeps waiting for 50 ms decides about a 99th percentile."""
    port, bus_arn = harness.free_port(), "arn:aws:events:us-east-1:000000000000:event-bus/default"
    bus = start(bench, "replay", LIVE_RULE % port + REPLAY_RULE, "history: {keep: 24h, bytes: 8GiB}\n")
    bus.call("CreateArchive", ArchiveName="kept", EventSourceArn=bus_arn, EventPattern='{"source":["bench"],"detail-type":["TableUpdated.v1"]}')
    while bus.metrics()["eventbusd_commit_events_total"] < events:
        bench.wrk(bus.port, 10, 32)
    rate = 2 * PACED_REQUESTS
    paced(bench, bus, port, rate)
    for number in range(bench.runs):
        alone = paced(bench, bus, port, rate, seconds=60)
        speed, beside = beside_replay(bench, bus, bus_arn, f"again-{number}", lambda: paced(bench, bus, port, rate, seconds=60))
        print(f"while an archive of {events:,} events is replayed at {speed:,.0f} a second, a live target at {rate} requests/s: p50 {beside[0]:.2f} ms, "
              f"p99 {beside[1]:.2f} ms; before p50 {alone[0]:.2f}, p99 {alone[1]:.2f}; p99 ratio {beside[1] / alone[1]:.2f} (goal 1.5)", flush=True)
    speed, _ = beside_replay(bench, bus, bus_arn, "quiet", lambda: time.sleep(5))
    print(f"without live events it is replayed at {speed:,.0f} a second")
    bus.stop()


def beside_replay(bench, bus, bus_arn, name, measure):
    """Replayed events a second, and what `measure` gives meanwhile."""
    now = time.time()
    status, answer = bus.call("StartReplay", ReplayName=name, EventSourceArn="arn:aws:events:us-east-1:000000000000:archive/kept",
                              Destination={"Arn": bus_arn}, EventStartTime=now - 86400, EventEndTime=now)
    if status != 200:
        raise SystemExit(answer)
    replayed = lambda: bus.metrics()["eventbusd_replay_events_total"]  # noqa: E731
    first = replayed()
    harness.wait_until(lambda: replayed() > first, "the replay", 30)
    begun, first = time.monotonic(), replayed()
    measured = measure()
    speed = (replayed() - first) / (time.monotonic() - begun)
    state = bus.call("DescribeReplay", ReplayName=name)[1]["State"]
    if state != "RUNNING":
        raise SystemExit(f"the replay was over before the measurement: {state}")
    bus.call("CancelReplay", ReplayName=name)
    harness.wait_until(lambda: bus.call("DescribeReplay", ReplayName=name)[1]["State"] == "CANCELLED", "the end of the replay", 30)
    bus.wait_idle(60)
    return speed, measured


def hostile(bench):
    """A target that is well beside fifty that hang, ten that send for ever and ten that reset."""
    servers = subprocess.Popen([sys.executable, str(HERE.parent / "e2e" / "hostile_targets.py")], stdout=subprocess.PIPE, text=True)
    nginx, nginx_port = bench.nginx()
    hostile_port = int(servers.stdout.readline())
    hostile_urls = [f"http://127.0.0.1:{hostile_port}/{path}/{n}"
                    for n, path in enumerate(["hang"] * 50 + ["endless"] * 10 + ["reset"] * 10)]
    well_urls = [f"http://127.0.0.1:{nginx_port}/{n}" for n in range(70)]
    for what, urls, detail_type in (("70 hostile targets, of other events", hostile_urls, "Other"),
                                    ("70 that are well, of other events", well_urls, "Other"),
                                    ("70 hostile targets, of the same events", hostile_urls, "Paced")):
        rounds = [beside(bench, urls, detail_type) for _ in range(bench.runs)]
        alone50, alone99, beside50, beside99 = (statistics.median(column) for column in zip(*rounds))
        print(f"beside {what}: p50 {alone50:.2f} -> {beside50:.2f} ms, p99 {alone99:.2f} -> {beside99:.2f} ms; ratio "
              f"{statistics.median(after / before for _, before, _, after in rounds):.2f} (goal 1.25)")
    servers.kill()
    nginx.terminate()
    nginx.wait()


def beside(bench, urls, detail_type):
    """p50, p99 of a target that is well, alone; then beside 70 others."""
    port, rate = harness.free_port(), SAME_RATE if detail_type == "Paced" else PACED_REQUESTS
    name = pathlib.Path(tempfile.mkdtemp(prefix="hostile", dir=bench.folder)).name
    bus = start(bench, name + "-bus", LIVE_RULE % port)
    paced(bench, bus, port, rate)
    alone = paced(bench, bus, port, rate, seconds=10)
    bus.call("PutRule", Name="others", EventPattern=json.dumps({"detail-type": [detail_type]}))
    status, answer = bus.call("PutTargets", Rule="others", Targets=[{"Id": f"t{n}", "Arn": url} for n, url in enumerate(urls)])
    if status != 200:
        raise SystemExit(answer)
    load = None
    if detail_type == "Other":
        body = bench.folder / name / "body"
        body.write_text(json.dumps({"Entries": [{"Source": "bench", "DetailType": "Other", "Detail": json.dumps({"padding": "x" * 400})}]}))
        load = subprocess.Popen([bench.program("flood"), str(bus.port), str(body), str(OTHERS_RATE), "90", "16", "/dev/null"],
                                stdout=subprocess.DEVNULL)
    # Until those that hang count as down and have all that they may hold in memory, so that the rest is written down for later.
    paced(bench, bus, port, rate, seconds=45 if detail_type == "Other" else 20)
    together = paced(bench, bus, port, rate, seconds=10)
    if load:
        load.kill()
        load.wait()
    bus.kill()
    return *alone, *together


def overload(bench):
    """More callers than the daemon can serve: what is accepted must not get slow, and the rest must not get in the way."""
    bus = bench.daemon("overload")
    peak = bench.wrk(bus.port, 10, 32)
    with HealthWatch(bus) as health:
        crowd, p99 = bench.wrk_with_p99(bus.port, 10, 1000)
    print(f"1,000 connections instead of 32: {crowd * 10:,.0f} of {peak * 10:,.0f} events/s; ratio {crowd / peak:.2f} (goal 0.9); "
          f"p99 {p99:,.0f} ms (goal 1,000); /healthz p99 {health.p99():.0f} ms (goal 100)")
    bus.stop()
    print_flood(bench, "64 connections", 64, "")
    # So little room for waiting events that it has to refuse.
    full = "limits: {writer_queue_bytes: 1MiB}\n"
    bench.bodies["large"] = bench.folder / "large.json"
    bench.bodies["large"].write_text(json.dumps({"Entries": [
        {"Source": "bench", "DetailType": "t", "Detail": json.dumps({"padding": "x" * 2048})} for _ in range(10)]}))
    print_flood(bench, "64 connections, in requests of 20 KiB, and a queue of 1 MiB", 64, full, body="large")
    print_flood(bench, "1,000 connections and a queue of 1 MiB", 1000, full)
    print_flood(bench, "1,000 connections and a queue of 1 MiB, the daemon on one core and the sender on another", 1000, full, apart=True)


def print_flood(bench, how, connections, limits, apart=False, body=10):
    for _ in range(bench.runs):
        accepted, before, after, accepted_p99, refused_p99, healthz, refused = flood(bench, connections, limits, apart, body)
        refused_part = f"{refused:.0f} % refused, p99 {refused_p99:.1f} ms (goal 50)" if refused else "none refused"
        print(f"{2 * bench.seconds} s of requests at twice that rate over {how}: {accepted:,.0f}/s, over 32 before and after {before:,.0f} and {after:,.0f}/s: "
              f"ratio {2 * accepted / (before + after):.2f} (goal 0.9); accepted p99 {accepted_p99:,.0f} ms (goal 1,000); {refused_part}; "
              f"/healthz p99 {healthz:.0f} ms (goal 100); lost 0", flush=True)


@contextlib.contextmanager
def on_cores(cores):
    """What is started meanwhile runs on these."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def flood(bench, connections, limits, apart, body):
    """Twice what the same sender gets through over 32 connections, beside that, measured before and after it, together for as long.
    `apart`: the daemon has a core of its own, and refusing does not cost it what sending and being refused costs."""
    name = pathlib.Path(tempfile.mkdtemp(prefix="flood", dir=bench.folder)).name
    cores = sorted(os.sched_getaffinity(0))
    with on_cores(cores[:1] if apart else cores):
        bus = start(bench, name + "-bus", "Rules: []\n", limits + "history: {keep: 24h, bytes: 2GiB}\n")
    ids = [bench.folder / name / when for when in ("before", "flood", "after")]
    health = HealthWatch(bus)
    with on_cores(cores[1:] if apart else cores):
        enough = 3 * bench.wrk(bus.port, body, 32, min(bench.seconds, 10))
        earlier = bus.metrics()["eventbusd_commit_events_total"]
        before, *_ = send(bench, bus, body, enough, 32, ids[0], bench.seconds)
    with health:
        with on_cores(cores[1:] if apart else cores):
            accepted, accepted_p99, refused, refused_p99 = send(bench, bus, body, 2 * before, connections, ids[1], 2 * bench.seconds)
    with on_cores(cores[1:] if apart else cores):
        after, *_ = send(bench, bus, body, enough, 32, ids[2], bench.seconds)
    written, purged = (bus.metrics()[f"eventbusd_{name}_total"] for name in ("commit_events", "history_purged_events"))
    bus.stop()
    must_be_stored({event for file in ids for event in file.read_text().split()}, written - earlier, written - purged, stored_ids(bus))
    shutil.rmtree(bus.data)  # gigabytes
    return accepted, before, after, accepted_p99, refused_p99, health.p99(), 100 * refused / (accepted + refused)


def send(bench, bus, body, rate, connections, ids, seconds):
    """Accepted requests a second, the p99 of their latency in ms, the same of refused ones."""
    done = subprocess.run([bench.program("flood"), str(bus.port), str(bench.bodies[body]), str(rate), str(seconds), str(connections), str(ids)],
                          capture_output=True, text=True, check=True)
    accepted, accepted_p99, refused, refused_p99, failed = (float(word) for word in done.stdout.split())
    if failed or accepted == 0:
        raise SystemExit(f"{accepted:.0f} requests were accepted, and {failed:.0f} failed")
    return accepted / seconds, accepted_p99, refused / seconds, refused_p99


def must_be_stored(accepted, written, left, stored):
    """All that were accepted were written, and are in the store but for the oldest, which have been purged: `left` are not. Ids begin with their time."""
    kept_since = f"{int(min(stored).replace('-', '')[:12], 16) + 1000:012x}"
    lost = {event for event in accepted if event.replace("-", "")[:12] > kept_since} - stored
    if lost or len(accepted) > written or len(stored) != left:
        raise SystemExit(f"of {len(accepted)} accepted events {written:.0f} were written; the store should have {left:.0f} events and has {len(stored)}, "
                         f"without {len(lost)} that it should have by their ids")


def stored_ids(bus):
    with contextlib.closing(sqlite3.connect(f"file:{bus.data / 'eventbusd.db'}?mode=ro", uri=True)) as database:
        return {event for event, in database.execute("SELECT event_id FROM events")}


class HealthWatch:
    """How soon /healthz answers while something else goes on."""

    def __init__(self, bus):
        self.bus, self.waits, self.done = bus, [], threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def _look(self):
        while not self.done.wait(0.02):
            begun = time.monotonic()
            self.bus.get("/healthz")
            self.waits.append(time.monotonic() - begun)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()

    def p99(self):
        return statistics.quantiles(self.waits, n=100)[98] * 1000
