"""What was acknowledged survives kill -9 at any moment."""
import http.client
import itertools
import json
import os
import random
import threading
import time

from harness import wait_until

KILLS = 50
WRITERS = 4
ENTRIES = 5

RULES = """
Rules:
  - Name: log
    EventPattern: {source: [load]}
    Targets:
      - {Id: log, Arn: "file:load"}
  - Name: hook
    EventPattern: {source: [load]}
    Targets:
      - {Id: hook, Arn: "%s"}
"""


class Writer(threading.Thread):
    """Posts events as fast as it can and keeps a ledger of what was acknowledged."""

    def __init__(self, daemon, number, sequence):
        super().__init__(daemon=True)
        self.bus, self.number, self.sequence = daemon, number, sequence
        self.acknowledged = []  # EventIds
        self.sent = 0
        self.done = threading.Event()

    def run(self):
        connection = None
        while not self.done.is_set():
            entries = [{"Source": "load", "DetailType": "t", "Detail": json.dumps({"n": next(self.sequence)})}
                       for _ in range(ENTRIES)]
            self.sent += len(entries)
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.bus.port, timeout=10)
                connection.request("POST", "/events", json.dumps({"Entries": entries}),
                                   {"Content-Type": "application/json"})
                answer = connection.getresponse()
                body = json.loads(answer.read())
                if answer.status == 200:
                    self.acknowledged += [entry["EventId"] for entry in body["Entries"]]
            except (OSError, http.client.HTTPException, ValueError):
                connection = None
                self.done.wait(0.01)


def test_nothing_acknowledged_is_lost_by_fifty_kills_and_the_log_has_only_whole_lines(tmp_path, start, sink):
    seed = random.randrange(2**32)
    print("seed", seed)
    moments = random.Random(seed)
    (tmp_path / "bus").mkdir()
    (tmp_path / "bus" / "rules.yaml").write_text(RULES % sink.url("/hook"))
    bus = start("bus", config="rules: [rules.yaml]\n")
    sequence = itertools.count()
    writers = [Writer(bus, number, sequence) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(KILLS):
            before = sum(len(writer.acknowledged) for writer in writers)
            wait_until(lambda: sum(len(w.acknowledged) for w in writers) > before, "an acknowledgement after a start")
            threading.Event().wait(moments.uniform(0, 0.15))
            bus.kill()
            bus.start()
    finally:
        for writer in writers:
            writer.done.set()
        for writer in writers:
            writer.join()

    bus.wait_idle(60)
    acknowledged = {event for writer in writers for event in writer.acknowledged}
    assert len(acknowledged) > KILLS * ENTRIES
    logged = [line["id"] for line in bus.log_lines("load")]
    hooked = [json.loads(body)["id"] for _, _, body in sink.received]
    assert acknowledged - set(logged) == set(), "lost on the way to the log"
    assert acknowledged - set(hooked) == set(), "lost on the way to the webhook"
    assert bus.get("/dlq")[1]["DeadLetters"] == []

    numbers = {line["detail"]["n"] for line in bus.log_lines("load")}
    assert len(set(logged)) <= sum(writer.sent for writer in writers), "an event that nobody sent"
    assert numbers <= set(range(next(sequence)))
    print(f"{len(acknowledged)} acknowledged, duplicates: log {len(logged) - len(set(logged))}, "
          f"webhook {len(hooked) - len(set(hooked))}")
    assert len(hooked) - len(set(hooked)) <= KILLS * 64


def test_a_second_daemon_on_the_same_data_is_refused_with_the_pid_of_the_first(start, tmp_path):
    import subprocess
    import harness
    bus = start()
    second = subprocess.run([harness.BINARY, "serve", "--listen", "127.0.0.1:0", "--data", str(bus.data)],
                            capture_output=True, text=True, timeout=30)
    assert second.returncode == 75
    assert str(bus.process.pid) in second.stderr


def test_a_retry_waits_through_a_restart(start, sink, tmp_path):
    sink.answers("/flaky", 503)
    bus = start("bus", config="delivery: {retry_base: 100ms, retry_cap: 300ms}\n")
    bus.call("PutRule", Name="r", EventPattern='{"source":["s"]}')
    status, answer = bus.call("PutTargets", Rule="r", Targets=[{"Id": "1", "Arn": sink.url("/flaky")}])
    assert (status, answer["FailedEntryCount"]) == (200, 0)
    bus.post("/events", {"source": "s", "detail-type": "t", "detail": {}})
    sink.wait_for("/flaky", 2)
    bus.kill()
    sink.answers("/flaky", 200)
    before = len(sink.bodies("/flaky"))
    bus.start()
    sink.wait_for("/flaky", before + 1)
    bus.wait_idle()
    ids = {headers["webhook-id"] for path, headers, _ in sink.received if path == "/flaky"}
    assert len(ids) == 1, "each attempt of a delivery carries the same webhook id"


def test_an_open_batch_keeps_its_members_and_its_deadline_through_a_kill(start, sink):
    window = 6
    bus = start()
    bus.call("PutRule", Name="r", EventPattern='{"source":["s"]}')
    batch = {"MaxCount": 50, "MaxWindowSeconds": window}
    status, answer = bus.call("PutTargets", Rule="r", Targets=[{"Id": "1", "Arn": sink.url("/batch"), "Batch": batch}])
    assert (status, answer["FailedEntryCount"]) == (200, 0), answer
    begun = time.monotonic()
    put = [bus.post("/events", {"source": "s", "detail-type": "t", "detail": {"n": n}}) for n in range(3)]
    bus.kill()
    bus.start()
    put += [bus.post("/events", {"source": "s", "detail-type": "t", "detail": {"n": n}}) for n in range(3, 5)]
    assert [status for status, _ in put] == [200] * 5
    assert sink.bodies("/batch") == [], "the machine was too slow for this test"
    calls = sink.wait_for("/batch", 1, window + 20)
    waited = time.monotonic() - begun
    bus.wait_idle()
    assert [[event["detail"]["n"] for event in call] for call in sink.bodies("/batch")] == [[0, 1, 2, 3, 4]], calls
    assert waited >= window - 0.1, "the window counts from the first event, not from the start"
    if not os.environ.get("EVENTBUSD_SANITIZED"):
        assert waited < window + 4, "the window counts from the first event, not from the restart"


def test_a_target_that_is_gone_is_disabled_and_a_rule_can_hear_of_it(start, sink):
    sink.answers("/gone", 410)
    bus = start()
    for name, source, path in (("orders", "s", "/gone"), ("alarm", "eventbusd", "/alarm")):
        bus.call("PutRule", Name=name, EventPattern=json.dumps({"source": [source]}))
        bus.call("PutTargets", Rule=name, Targets=[{"Id": "1", "Arn": sink.url(path)}])
    bus.post("/events", {"source": "s", "detail-type": "t", "detail": {}})
    [alarm] = sink.wait_for("/alarm")
    assert alarm["detail-type"] == "TargetDisabled"
    assert alarm["detail"]["target"] == "1"
    assert alarm["detail"]["target-arn"] == sink.url("/gone")
    assert "410" in alarm["detail"]["reason"]
    [rule] = alarm["resources"]
    status, listed = bus.get("/targets?state=DISABLED")
    assert status == 200 and [target["RuleArn"] for target in listed["Targets"]] == [rule]
    bus.post("/events", {"source": "s", "detail-type": "t", "detail": {}})
    wait_until(lambda: len(bus.get("/dlq")[1]["DeadLetters"]) == 2, "dead letters of both")
    assert len(sink.bodies("/gone")) == 1, "it is not called again"

    sink.answers("/gone", 200)
    assert bus.post(f"/targets/resume?rule={rule}&target=1", b"") == (200, {"State": "ACTIVE", "Changed": True})
    assert bus.post("/dlq/redrive", {})[1] == {"Redriven": 2}
    sink.wait_for("/gone", 3)
    bus.wait_idle()


def test_a_hanging_target_holds_back_nobody_else(start, sink):
    import socket
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        bus = start()
        for name, arn in (("hangs", f"http://127.0.0.1:{silent.getsockname()[1]}/"), ("works", sink.url("/works"))):
            bus.call("PutRule", Name=name, EventPattern='{"source":["s"]}')
            bus.call("PutTargets", Rule=name, Targets=[{"Id": "1", "Arn": arn}])
        for _ in range(50):
            assert bus.post("/events", [{"source": "s", "detail-type": "t", "detail": {}}] * 10)[0] == 200
        sink.wait_for("/works", 500, seconds=4)
