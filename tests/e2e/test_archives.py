"""Archives, replays and schedules with an unchanged client, and what a kill -9 makes of them."""
import datetime
import json

import botocore.exceptions
import harness
import pytest
from harness import wait_until

START = datetime.datetime(2026, 1, 2, 3, 0, 0, tzinfo=datetime.timezone.utc)
BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default"
ARCHIVE = "arn:aws:events:us-east-1:000000000000:archive/kept"


def put_orders(events, first, count):
    """One event a second, told apart by their `n`."""
    for at in range(first, first + count, 10):
        answer = events.put_events(Entries=[
            {"Source": "shop", "DetailType": "order", "Detail": json.dumps({"n": n}),
             "Time": START + datetime.timedelta(seconds=n)} for n in range(at, min(at + 10, first + count))])
        assert answer["FailedEntryCount"] == 0


def log_everything(events):
    events.put_rule(Name="log", EventPattern='{"source":["shop"]}')
    events.put_targets(Rule="log", Targets=[{"Id": "log", "Arn": "file:seen"}])


def replay(events, name, **changes):
    return events.start_replay(**{
        "ReplayName": name, "EventSourceArn": ARCHIVE, "Destination": {"Arn": BUS}, "EventStartTime": START,
        "EventEndTime": START + datetime.timedelta(days=1), **changes})


def state(events, name):
    return events.describe_replay(ReplayName=name)["State"]


def test_events_are_archived_and_replayed(start):
    bus = start()
    events = harness.events_client(bus)
    created = events.create_archive(ArchiveName="kept", EventSourceArn=BUS, EventPattern='{"source":["shop"]}',
                                    RetentionDays=30, Description="all orders")
    assert (created["ArchiveArn"], created["State"]) == (ARCHIVE, "ENABLED")
    log_everything(events)
    put_orders(events, 0, 20)
    events.put_events(Entries=[{"Source": "other", "DetailType": "t", "Detail": "{}"}])
    kept = events.describe_archive(ArchiveName="kept")
    assert (kept["EventCount"], kept["RetentionDays"], kept["Description"]) == (20, 30, "all orders")
    assert kept["SizeBytes"] > 20 * 200

    bus.wait_idle()
    first = len(bus.log_lines("seen"))
    started = replay(events, "again", EventStartTime=START + datetime.timedelta(seconds=5),
                     EventEndTime=START + datetime.timedelta(seconds=14))
    assert started["ReplayArn"] == "arn:aws:events:us-east-1:000000000000:replay/again"
    assert started["State"] == "STARTING"
    wait_until(lambda: state(events, "again") == "COMPLETED", "the end of the replay")
    bus.wait_idle()
    lines = bus.log_lines("seen")
    originals = {line["detail"]["n"]: line for line in lines[:first]}
    replayed = lines[first:]
    assert sorted(line["detail"]["n"] for line in replayed) == list(range(5, 15))
    for line in replayed:
        original = originals[line["detail"]["n"]]
        assert list(line) == ["version", "id", "detail-type", "source", "account", "time", "region", "replay-name",
                              "resources", "detail"]
        assert line["replay-name"] == "again" and line["id"] != original["id"] and line["time"] == original["time"]
    told = events.describe_replay(ReplayName="again")
    assert told["EventLastReplayedTime"] == START + datetime.timedelta(seconds=14)
    assert told["ReplayEndTime"] >= told["ReplayStartTime"]
    assert told["Destination"] == {"Arn": BUS}
    assert [r["ReplayName"] for r in events.list_replays(State="COMPLETED")["Replays"]] == ["again"]
    assert events.describe_archive(ArchiveName="kept")["EventCount"] == 20, "a replay was archived"
    assert bus.metrics()["eventbusd_replay_events_total"] == 10

    events.update_archive(ArchiveName="kept", RetentionDays=1)
    assert [a["ArchiveName"] for a in events.list_archives(EventSourceArn=BUS)["Archives"]] == ["kept"]
    events.delete_archive(ArchiveName="kept")
    with pytest.raises(botocore.exceptions.ClientError, match="Archive kept does not exist."):
        events.describe_archive(ArchiveName="kept")
    with pytest.raises(botocore.exceptions.ClientError, match="Reason: Archive kept does not exist."):
        replay(events, "late")


def test_a_replay_can_be_cancelled(start):
    bus = start(config="replays: {share_percent: 1}\n")
    events = harness.events_client(bus)
    events.create_archive(ArchiveName="kept", EventSourceArn=BUS)
    put_orders(events, 0, 1000)
    replay(events, "r")
    wait_until(lambda: "EventLastReplayedTime" in events.describe_replay(ReplayName="r"), "a first page")
    assert events.cancel_replay(ReplayName="r")["State"] == "CANCELLING"
    wait_until(lambda: state(events, "r") == "CANCELLED", "the end of the replay")
    assert bus.metrics()["eventbusd_replay_events_total"] < 1000
    with pytest.raises(botocore.exceptions.ClientError, match="not in a valid state for this operation"):
        events.cancel_replay(ReplayName="r")


def test_a_replay_that_is_killed_again_and_again_sends_every_event_exactly_once(start):
    count = 2000
    bus = start(config="replays: {share_percent: 10}\n")
    events = harness.events_client(bus)
    events.create_archive(ArchiveName="kept", EventSourceArn=BUS)
    put_orders(events, 0, count)
    log_everything(events)
    replay(events, "r")
    last = START - datetime.timedelta(seconds=1)
    kills = 0
    while kills < 4:
        told = wait_until(lambda: events.describe_replay(ReplayName="r"), "an answer")
        if told["State"] not in ("STARTING", "RUNNING"):
            break
        if told.get("EventLastReplayedTime", last) > last:
            last = told["EventLastReplayedTime"]
            bus.kill()
            bus.start()
            kills += 1
    assert kills >= 2, "the replay was over before it could be killed"
    wait_until(lambda: state(events, "r") == "COMPLETED", "the end of the replay", 60)
    bus.wait_idle(60)
    ids = {}
    for line in bus.log_lines("seen"):
        assert line["replay-name"] == "r"
        ids.setdefault(line["detail"]["n"], set()).add(line["id"])
    assert sorted(ids) == list(range(count))
    # A delivery may come twice after a kill, but then it is the same event.
    assert all(len(of_one) == 1 for of_one in ids.values())


def test_archives_of_files(start, tmp_path):
    (tmp_path / "bus").mkdir()
    (tmp_path / "bus" / "rules.yaml").write_text(
        "Archives:\n  - ArchiveName: kept\n    EventPattern: {source: [shop]}\n    RetentionDays: 7\n")
    bus = start(config="rules: [rules.yaml]\n")
    events = harness.events_client(bus)
    put_orders(events, 0, 3)
    kept = events.describe_archive(ArchiveName="kept")
    assert (kept["EventSourceArn"], kept["EventCount"], kept["RetentionDays"]) == (BUS, 3, 7)
    with pytest.raises(botocore.exceptions.ClientError, match="comes from the file"):
        events.delete_archive(ArchiveName="kept")


def test_a_schedule_survives_a_restart(start):
    bus = start()
    events = harness.events_client(bus)
    events.put_rule(Name="nightly", ScheduleExpression="cron(0 3 * * ? *)")
    events.put_rule(Name="often", ScheduleExpression="rate(7 minutes)")
    events.put_rule(Name="off", ScheduleExpression="rate(1 minute)", State="DISABLED")

    def next_run():
        metrics = bus.metrics()
        return metrics["eventbusd_schedules"] == 2 and metrics["eventbusd_schedule_next_run_timestamp_seconds"]

    due = wait_until(next_run, "the schedules to be taken up")
    now = datetime.datetime.now(datetime.timezone.utc).timestamp()
    assert now < due <= now + 7 * 60
    bus.kill()
    bus.start()
    assert wait_until(next_run, "the schedules to be resumed") == due
    events.disable_rule(Name="often")
    wait_until(lambda: bus.metrics()["eventbusd_schedules"] == 1, "the disabled rule to be forgotten")
    assert bus.metrics()["eventbusd_schedule_next_run_timestamp_seconds"] % 3600 == 0
    with pytest.raises(botocore.exceptions.ClientError, match="Parameter ScheduleExpression is not valid."):
        events.put_rule(Name="bad", ScheduleExpression="rate(1 minutes)")
