"""The three stories of the samples, with the samples themselves, unchanged clients and real daemons."""
import json
import os
import subprocess
import threading

import harness
from harness import sample, wait_until

SAMPLES = harness.ROOT / "config" / "samples"


def place(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name.replace('_', '-')}.yaml").write_text(text)


def post_table(daemon, database, table):
    done = subprocess.run(
        [SAMPLES / "hadoop" / "post-table-updated.sh", database, table],
        env={**os.environ, "EVENTBUSD_URL": daemon.url}, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr + done.stdout
    answer = json.loads(done.stdout)
    assert answer["FailedEntryCount"] == 0
    return answer["Entries"][0]["EventId"]


def test_a_hadoop_job_tells_its_consumers_even_if_a_daemon_is_killed_in_between(tmp_path, start, sink):
    place(tmp_path / "consumer", consumer_rules=sample(
        "hadoop/consumer-rules.yaml", hook=("127.0.0.1:9000", f"127.0.0.1:{sink.port}")))
    consumer = start("consumer", config=sample("hadoop/consumer.yaml"))
    place(tmp_path / "central", central_rules=sample("hadoop/central-rules.yaml"))
    central = start("central", config=sample(
        "hadoop/central.yaml", consumer=("127.0.0.1:8701", f"127.0.0.1:{consumer.port}")))

    orders = post_table(central, "sales", "orders")
    other = post_table(central, "hr", "people")

    [event] = sink.wait_for("/tables")
    assert event["id"] == orders
    assert event["account"] == "111111111111", "the origin's account travels with the event"
    assert event["detail"]["tgt_table_name"] == "orders"
    raw = [body for path, _, body in sink.received if path == "/tables"][0]
    assert '"rows": 12345678901234567890, "ratio": 1.10' in raw, "numbers keep their spelling"

    wait_until(lambda: len(central.log_lines("hadoop-tables")) == 2, "two logged events")
    assert {line["id"] for line in central.log_lines("hadoop-tables")} == {orders, other}

    # The consumer is down when the next table comes, and the centre is killed before it is back.
    consumer.kill()
    refunds = post_table(central, "sales", "refunds_2026")
    central.kill()
    consumer.start()
    central.start()
    # Perhaps the first one twice: the consumer was killed as soon as it had been delivered.
    wait_until(lambda: {event["id"] for event in sink.bodies("/tables")} == {orders, refunds}, "the table of the time between")
    wait_until(lambda: refunds in {line["id"] for line in central.log_lines("hadoop-tables")}, "the log has it too")


def test_an_ops_finding_becomes_a_chat_message(start, sink):
    bus = start()
    done = subprocess.run(
        [SAMPLES / "ops-chat" / "set-up.sh", sink.url("/chat")],
        env={**harness.aws_environment(), "EVENTBUSD_URL": bus.url}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "rule/insight-to-chat" in done.stdout

    answer = harness.aws(bus, "put-events", "--entries", f"file://{SAMPLES / 'ops-chat' / 'insight.json'}")
    assert answer["FailedEntryCount"] == 0

    [message] = sink.wait_for("/chat")
    assert message == {
        "text": 'New high insight in 000000000000: ApiGateway 5XXError anomalous in stack "shop"',
        "account": "000000000000",
        "region": "us-east-1",
        "startTime": 1628767500000,
        "insightType": "REACTIVE",
        "severity": "high",
        "description": 'ApiGateway 5XXError anomalous in stack "shop"',
        "insightUrl": "https://console.example/insight/AHYPFjzxvwAAAABBBB",
        "numOfAnomalies": 2,
    }


class Validator:
    """A consumer that checks widgets and republishes the good ones under its own source."""

    def __init__(self, sink, central):
        self.events = harness.events_client(central, account="111111111111")
        self.sink = sink
        self.done = threading.Event()
        self.seen = 0
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.done.is_set():
            for event in self.sink.bodies("/validate")[self.seen:]:
                self.seen += 1
                if event["detail"].get("size", 0) > 0:
                    self.events.put_events(Entries=[{
                        "Source": "widgets.validated", "DetailType": event["detail-type"],
                        "Detail": json.dumps(event["detail"]), "EventBusName": "central"}])
            self.done.wait(0.02)

    def close(self):
        self.done.set()
        self.thread.join()


def test_widgets_are_validated_and_reach_both_services_once_and_never_in_a_loop(tmp_path, start, sink):
    central_port = harness.free_port()
    hook = ("127.0.0.1:9000", f"127.0.0.1:{sink.port}")
    place(tmp_path / "services", services_rules=sample("widgets/services-rules.yaml", hook=hook))
    services = start("services", config=sample(
        "widgets/services.yaml", central=("127.0.0.1:8700", f"127.0.0.1:{central_port}")))
    place(tmp_path / "central", central_rules=sample("widgets/central-rules.yaml", hook=hook))
    central = harness.Daemon(tmp_path / "central", config=sample(
        "widgets/central.yaml", services=("127.0.0.1:8702", f"127.0.0.1:{services.port}")))
    central.port = central_port
    central.start()
    validator = Validator(sink, central)
    try:
        a = harness.events_client(services, account="333333333333")
        answer = a.put_events(Entries=[
            {"Source": "widgets.a", "DetailType": "WidgetMade", "EventBusName": "service-a", "Detail": json.dumps(detail)}
            for detail in ({"name": "cog", "size": 3}, {"name": "ghost", "size": 0})])
        assert answer["FailedEntryCount"] == 0

        [to_b] = sink.wait_for("/b")
        [to_c] = sink.wait_for("/c")
        assert to_b == to_c
        assert (to_b["source"], to_b["detail"]) == ("widgets.validated", {"name": "cog", "size": 3})
        assert {event["id"] for event in sink.bodies("/validate")} == {entry["EventId"] for entry in answer["Entries"]}

        # B's echo is refused once, and nothing comes a second time.
        def echoes():
            return services.get("/dlq")[1]["DeadLetters"]
        wait_until(echoes, "the refused hop among the dead letters")
        central.wait_idle()
        services.wait_idle()
        [echo] = echoes()
        assert echo["ERROR_CODE"] == "LOOP_DETECTED"
        assert echo["RULE_ARN"].endswith("rule/service-b/b-echoes")
        assert (len(sink.bodies("/b")), len(sink.bodies("/c")), len(sink.bodies("/validate"))) == (1, 1, 2)
    finally:
        validator.close()
        assert central.stop() == 0
