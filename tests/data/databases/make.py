#!/usr/bin/env python3
"""Writes the database of the newest schema, with what README.md says: make.py EVENTBUSD schema-N.db"""
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "e2e"))
import harness  # noqa: E402

DOWN = "http://127.0.0.1:9/hook"  # nothing listens there
ORDERS = "arn:aws:events:us-east-1:000000000000:event-bus/orders"
LETTERS = "arn:aws:sqs:us-east-1:000000000000:letters"
TIME = 1_764_000_000


def ask(bus, operation, **body):
    status, answer = bus.call(operation, **body)
    assert status == 200 and not answer.get("FailedEntryCount"), answer
    return answer


def put(bus, count, source, **more):
    for n in range(count):
        ask(bus, "PutEvents", Entries=[
            {"Source": source, "DetailType": "T", "Time": TIME, "Detail": f'{{"n": {n}}}', **more}])


def fill(bus):
    ask(bus, "CreateEventBus", Name="orders", Description="A bus of old", Tags=[{"Key": "team", "Value": "shop"}])
    ask(bus, "CreateArchive", ArchiveName="kept", EventSourceArn=ORDERS)
    ask(bus, "PutRule", Name="waiting", EventBusName="orders", EventPattern='{"source":["golden.waiting"]}')
    ask(bus, "PutTargets", Rule="waiting", EventBusName="orders", Targets=[{"Id": "down", "Arn": DOWN}])
    ask(bus, "PutRule", Name="dead", EventPattern='{"source":["golden.dead"]}', Description="ends as dead letters")
    ask(bus, "PutTargets", Rule="dead", Targets=[{
        "Id": "down", "Arn": DOWN, "RetryPolicy": {"MaximumRetryAttempts": 0}, "DeadLetterConfig": {"Arn": LETTERS}}])
    ask(bus, "PutRule", Name="log", EventPattern='{"source":["golden.done"]}')
    ask(bus, "PutTargets", Rule="log", Targets=[{"Id": "log", "Arn": "file:done"}])
    ask(bus, "PutRule", Name="nightly", ScheduleExpression="cron(0 3 * * ? *)", State="DISABLED")
    put(bus, 5, "golden.waiting", EventBusName="orders")
    put(bus, 3, "golden.dead")
    put(bus, 4, "golden.done")


def main(binary, to):
    with tempfile.TemporaryDirectory() as folder:
        bus = harness.Daemon(folder).start(binary)
        try:
            fill(bus)
            harness.wait_until(lambda: bus.metrics()["eventbusd_deliveries_backlog"] == 5, "what waits and nothing else")
            assert bus.stop() == 0, bus.errors()
        finally:
            bus.kill()
        shutil.copyfile(bus.data / "eventbusd.db", to)


if __name__ == "__main__":
    main(*sys.argv[1:])
