"""Events and dead letters from the command line, with the commands of docs/dead-letters.md, and repeats of a publisher."""
import json
import re
import shlex
import subprocess

import harness
from harness import wait_until
from hostile_targets import HostileTargets

RULES = """
Rules:
  - Name: orders
    EventPattern: {source: [my.shop]}
    Targets:
      - Id: hook
        Arn: %s
        RetryPolicy: {MaximumRetryAttempts: 1}
"""


def begin(tmp_path, start, sink):
    folder = tmp_path / "bus"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rules.yaml").write_text(RULES % sink.url("/hook"))
    return start("bus", config="rules: [rules.yaml]\ndelivery: {retry_base: 10ms}\n")


def run(daemon, *arguments, text=None):
    return subprocess.run([harness.BINARY, *arguments], input=text, capture_output=True, text=True, timeout=60,
                          env={**harness.os.environ, "EVENTBUSD_URL": daemon.url})


def answer(daemon, *arguments):
    done = run(daemon, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def put(daemon, detail="{}"):
    done = run(daemon, "put", "--source", "my.shop", "--detail-type", "OrderPlaced", "--detail", detail)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def bury(daemon, count=1):
    ids = [put(daemon, json.dumps({"order": n})) for n in range(count)]
    wait_until(lambda: len(answer(daemon, "dlq", "list")["DeadLetters"]) == count, f"{count} dead letters")
    return ids


def test_every_command_of_the_guide_does_what_it_says(tmp_path, start, sink):
    daemon = begin(tmp_path, start, sink)
    sink.answers("/hook", 400)
    [event] = bury(daemon)
    guide = (harness.ROOT / "docs" / "dead-letters.md").read_text()
    commands = [line for block in re.findall(r"```\n(.*?)```", guide, re.S) for line in block.splitlines()]
    assert len(commands) > 10
    for command in commands:
        program, *arguments = shlex.split(command.replace("EVENT_ID", event))
        assert program == "eventbusd"
        if "show" in arguments:
            arguments[-1] = str(answer(daemon, "dlq", "list")["DeadLetters"][0]["Id"])
        done = run(daemon, *arguments)
        assert (done.returncode, done.stderr) == (0, ""), command
        if "redrive" in arguments and "--rate" in arguments:  # still refused, it dies again
            wait_until(lambda: not answer(daemon, "dlq", "redrives")["Redrives"], "the end of the redrive")
            daemon.wait_idle()
        if "redeliver" in arguments:
            daemon.wait_idle()


def test_an_event_is_followed_from_its_failure_to_its_redelivery(tmp_path, start, sink):
    daemon = begin(tmp_path, start, sink)
    sink.answers("/hook", 500)
    [event] = bury(daemon)

    record = answer(daemon, "events", "get", event)
    [delivery] = record["Entries"][0]["Deliveries"]
    assert (delivery["State"], delivery["Attempts"], delivery["TargetArn"]) == ("dead_letter", 2, sink.url("/hook"))
    assert [attempt["HttpStatus"] for attempt in delivery["AttemptLog"]] == [500, 500]
    assert record["Entries"][0]["RulesMatched"][0]["Name"] == "orders"

    shown = run(daemon, "dlq", "summary").stdout
    assert "1 ERROR_FROM_TARGET  rule orders, target hook, queue (default)" in shown, shown
    [letter] = answer(daemon, "dlq", "list")["DeadLetters"]
    assert letter["RETRY_ATTEMPTS"] == "1" and letter["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"

    assert "say which dead letters" in run(daemon, "dlq", "redrive").stderr
    assert answer(daemon, "dlq", "redrive", "--all", "--dry-run") == {"WouldRedrive": 1}
    sink.answers("/hook", 200)
    assert answer(daemon, "dlq", "redrive", str(letter["Id"])) == {"Redriven": 1}
    daemon.wait_idle()
    assert [body["id"] for body in sink.bodies("/hook")] == [event] * 3
    states = [entry["Deliveries"][0]["State"] for entry in answer(daemon, "events", "get", event)["Entries"]]
    assert states == ["dead_letter", "delivered"]

    assert answer(daemon, "events", "redeliver", event, "--rule", "orders", "--target", "hook")["Result"] == "sent_again"
    wait_until(lambda: len(sink.bodies("/hook")) == 4, "one more delivery")


def test_a_paced_redrive_goes_on_after_a_kill(tmp_path, start, sink):
    daemon = begin(tmp_path, start, sink)
    sink.answers("/hook", 400)
    bury(daemon, 6)
    sink.answers("/hook", 200)
    assert answer(daemon, "dlq", "redrive", "--all", "--rate", "2/s")["Letters"] == 6
    wait_until(lambda: len(answer(daemon, "dlq", "list")["DeadLetters"]) < 6, "the first letters")
    daemon.kill()
    daemon.start()
    wait_until(lambda: not answer(daemon, "dlq", "list")["DeadLetters"], "the last letters")
    wait_until(lambda: not answer(daemon, "dlq", "redrives")["Redrives"], "the end of the redrive")


def test_large_events_are_shown_and_exported_whole(tmp_path, start, sink):
    daemon = begin(tmp_path, start, sink)
    sink.answers("/hook", 400)
    detail = json.dumps({"text": "x" * 100_000})
    events = [put(daemon, detail) for _ in range(3)]
    wait_until(lambda: len(answer(daemon, "dlq", "list")["DeadLetters"]) == 3, "3 dead letters")
    exported = [json.loads(line)["Event"] for line in run(daemon, "dlq", "export").stdout.splitlines()]
    assert [(event["id"], len(event["detail"]["text"])) for event in exported] == [(event, 100_000) for event in events]
    assert "x" * 100_000 in run(daemon, "events", "get", events[0], "--json").stdout


def test_letters_are_exported_and_purged(tmp_path, start, sink):
    daemon = begin(tmp_path, start, sink)
    sink.answers("/hook", 400)
    events = bury(daemon, 3)
    lines = run(daemon, "dlq", "export").stdout.splitlines()
    assert [json.loads(line)["Event"]["id"] for line in lines] == events
    assert answer(daemon, "dlq", "purge", "--event", events[0]) == {"Purged": 1}
    assert answer(daemon, "dlq", "purge", "--all") == {"Purged": 2}
    assert answer(daemon, "dlq", "summary") == {"Groups": []}


def test_of_many_lines_the_bad_ones_are_reported_and_the_others_sent(tmp_path, start, sink):
    daemon = begin(tmp_path, start, sink)
    good = json.dumps({"source": "my.shop", "detail-type": "t", "detail": {"n": 1}})
    lines = [good] * 25
    lines[6] = "{not json"
    lines[13] = json.dumps({"source": "my.shop", "detail-type": "t", "detail": {}, "time": "yesterday"})
    lines[21] = json.dumps({"source": "", "detail-type": "t", "detail": {}})
    done = run(daemon, "put", text="\n".join(lines) + "\n")
    assert done.returncode == 1
    assert len(done.stdout.split()) == 22
    problems = done.stderr.splitlines()
    assert [line.split(":")[1] for line in problems[:3]] == ["7", "14", "22"], problems
    assert "22 events were accepted, 3 were not" in problems[3]
    daemon.wait_idle()
    assert len(sink.bodies("/hook")) == 22


def test_what_a_paused_target_is_owed_is_shown_as_parked(tmp_path, start, sink):
    daemon = begin(tmp_path, start, sink)
    rule = "rule=arn:aws:events:us-east-1:000000000000:rule/orders"
    assert daemon.post(f"/targets/pause?{rule}", b"")[0] == 200
    event = put(daemon, "{}")
    [line] = [line for line in run(daemon, "events", "get", event).stdout.splitlines() if "orders" in line]
    assert re.search(r"parked +0 +- +PAUSED since 20", line), line
    assert daemon.post(f"/targets/resume?{rule}", b"")[0] == 200
    daemon.wait_idle()
    assert [body["id"] for body in sink.bodies("/hook")] == [event]


def test_targets_are_listed_paused_and_resumed(tmp_path, start, sink):
    daemon = begin(tmp_path, start, sink)
    listed = run(daemon, "targets", "list").stdout.splitlines()
    assert re.search(r"^orders +hook +ACTIVE +0", listed[1]), listed
    assert run(daemon, "targets", "pause", "--rule", "orders").stdout == "rule orders: paused; what it is owed is kept\n"
    assert run(daemon, "targets", "pause", "--rule", "orders").stdout == "rule orders: already paused\n"
    event = put(daemon, "{}")
    listed = run(daemon, "targets", "list", "--rule", "orders", "--state", "paused").stdout.splitlines()
    assert re.search(r"^orders +hook +PAUSED since 20\S+ +1 ", listed[1]), listed
    resumed = run(daemon, "targets", "resume", "--rule", "orders", "--target", "hook").stdout
    assert resumed == "hook of rule orders: was not paused itself; if its rule is, resume that without --target\n"
    assert run(daemon, "targets", "resume", "--rule", "orders").stdout == "rule orders: resumed\n"
    daemon.wait_idle()
    assert [body["id"] for body in sink.bodies("/hook")] == [event]

    refused = run(daemon, "targets", "pause", "--rule", "order")
    assert refused.returncode == 1 and "Rule order does not exist" in refused.stderr, refused
    assert run(daemon, "targets", "pause").returncode == 64


def test_what_an_event_holds_or_a_target_answers_never_reaches_the_terminal_raw(tmp_path, start, sink):
    hostile = HostileTargets()
    daemon = begin(tmp_path, start, sink)
    target = {"Id": "scribbler", "Arn": hostile.url("/scribble"),
              "HttpParameters": {"HeaderParameters": {"X-Api-Key": "the-key-of-the-caller"}}}
    daemon.call("PutRule", Name="scribbled", EventPattern=json.dumps({"source": ["my.shop"]}))
    assert daemon.call("PutTargets", Rule="scribbled", Targets=[target])[1]["FailedEntryCount"] == 0
    event = put(daemon, json.dumps({"evil": "\u001b[31m\u202e\u009b"}, ensure_ascii=False))
    [letter] = wait_until(lambda: answer(daemon, "dlq", "list")["DeadLetters"], "a dead letter")

    status, record = daemon.get(f"/dlq/{letter['Id']}")  # JSON, whatever bytes came
    kept = record["AttemptLog"][0]["Response"]
    assert status == 200 and kept.startswith("one\r\ntwo\x1b[31m") and "<script>" in kept and kept.endswith(" ***"), kept

    for arguments in (["events", "get", event], ["events", "list"], ["events", "get", event, "--json"],
                      ["dlq", "list"], ["dlq", "show", str(letter["Id"])], ["dlq", "summary"], ["dlq", "export"],
                      ["dlq", "show", str(letter["Id"]), "--json"], ["targets", "list"], ["targets", "list", "--json"]):
        shown = run(daemon, *arguments).stdout
        assert shown and not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown), shown
        assert "the-key-of-the-caller" not in shown, arguments
    log = daemon.errors()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", log), log
    hostile.close()


def test_without_a_daemon_the_commands_say_so():
    done = subprocess.run([harness.BINARY, "dlq", "list", "--url", f"http://127.0.0.1:{harness.free_port()}"],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 69
    assert "cannot reach the daemon" in done.stderr and "--url" in done.stderr
    done = subprocess.run([harness.BINARY, "dlq", "list", "--url", "nonsense"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 64


def test_a_repeat_after_a_kill_is_delivered_once(tmp_path, start, sink):
    daemon = begin(tmp_path, start, sink)
    body = {"source": "my.shop", "detail-type": "t", "detail": {"n": 1}}
    status, first = daemon.post("/events", body, {"Idempotency-Key": "order-1"})
    assert status == 200
    daemon.kill()  # as if the answer had never come
    daemon.start()
    status, second = daemon.post("/events", body, {"Idempotency-Key": "order-1"})
    assert (status, second) == (200, first)
    status, refused = daemon.post("/events", {**body, "detail": {"n": 2}}, {"Idempotency-Key": "order-1"})
    assert (status, refused["error"]["code"]) == (409, "IdempotentParameterMismatch")
    daemon.wait_idle()
    assert {event["id"] for event in sink.wait_for("/hook")} == {first["Entries"][0]["EventId"]}
    assert daemon.metrics()["eventbusd_events_deduplicated_total"] == 1
