"""A damaged data folder: the daemon refuses it and names the command, and that command saves what there is to save."""
import json
import re
import sqlite3
import subprocess

import harness
from harness import wait_until

PAGE = 4096
EVENTS = 400


def put(daemon, first):
    entries = [{"Source": "recover", "DetailType": "t", "Detail": json.dumps({"n": n, "padding": "x" * 600})}
               for n in range(first, first + 10)]
    status, answer = daemon.call("PutEvents", Entries=entries)
    assert status == 200 and answer["FailedEntryCount"] == 0, answer


def zero_pages(file, first, count):
    with open(file, "r+b") as database:
        database.seek(first * PAGE)
        database.write(bytes(count * PAGE))


def end_of(daemon):
    try:
        daemon.start()
    except AssertionError:
        return daemon.process.returncode
    raise AssertionError("it serves")


def test_what_is_left_of_a_damaged_folder_is_delivered_and_what_is_not_is_told(start, sink, tmp_path):
    daemon = start("damaged")
    sink.answers("/hook", 503)
    assert daemon.call("PutRule", Name="all", EventPattern='{"source":["recover"]}')[0] == 200
    assert daemon.call("PutTargets", Rule="all", Targets=[{"Id": "hook", "Arn": sink.url("/hook")}])[0] == 200
    for first in range(0, EVENTS, 10):
        put(daemon, first)
    assert daemon.stop() == 0
    daemon.start()
    put(daemon, EVENTS)
    daemon.kill()
    pages = (daemon.data / "eventbusd.db").stat().st_size // PAGE
    zero_pages(daemon.data / "eventbusd.db", pages // 2, 3)

    assert end_of(daemon) == 65
    daemon.kill()
    assert f"eventbusd recover --from {daemon.data}" in daemon.errors()

    saved = tmp_path / "saved"
    done = subprocess.run([harness.BINARY, "recover", "--from", str(daemon.data), "--to", str(saved)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"Something was lost, see above. Start with: eventbusd serve --data {saved}" in done.stdout
    assert (saved / "master.key").stat().st_mode & 0o777 == 0o600
    counts = {name: (int(kept), int(lost or 0)) for name, kept, lost in
              re.findall(r"^(\w+): (\d+) saved(?:, (\d+) lost)?$", done.stdout, re.M)}
    assert sum(counts["events"]) == EVENTS + 10, done.stdout
    assert counts["events"][1] > 0, "three pages held some events"

    sink.answers("/hook", 200)
    sink.received.clear()
    daemon.data = saved
    daemon.start()
    wait_until(lambda: daemon.metrics()["eventbusd_deliveries_backlog"] == 0, "everything that was saved is delivered or dead", 60)
    arrived = {json.loads(body)["detail"]["n"] for path, _, body in sink.received if path == "/hook"}
    status, page = daemon.get("/dlq?limit=1000")
    assert status == 200
    assert {letter["ERROR_CODE"] for letter in page["DeadLetters"]} <= {"CORRUPT"}
    assert len(arrived) == counts["events"][0]
    assert len(arrived) + counts["events"][1] == EVENTS + 10


def test_a_delivery_whose_target_is_not_known_any_more_ends_as_a_dead_letter(start, sink, tmp_path):
    daemon = start("nameless")
    sink.answers("/hook", 503)
    assert daemon.call("PutRule", Name="all", EventPattern='{"source":["recover"]}')[0] == 200
    assert daemon.call("PutTargets", Rule="all", Targets=[{"Id": "hook", "Arn": sink.url("/hook")}])[0] == 200
    put(daemon, 0)
    assert daemon.stop() == 0
    database = sqlite3.connect(daemon.data / "eventbusd.db", isolation_level=None)
    database.execute("DELETE FROM lanes")
    database.close()

    saved = tmp_path / "named"
    done = subprocess.run([harness.BINARY, "recover", "--from", str(daemon.data), "--to", str(saved)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    daemon.data = saved
    daemon.start()
    wait_until(lambda: daemon.metrics()["eventbusd_deliveries_backlog"] == 0, "no delivery waits for ever", 60)
    status, page = daemon.get("/dlq?limit=1000")
    assert status == 200
    assert [letter["ERROR_CODE"] for letter in page["DeadLetters"]] == ["NO_RESOURCE"] * 10
