"""Unchanged AWS clients: every operation with boto3 and with the AWS command line, and what they see when it goes wrong."""
import datetime
import json

import boto3
import botocore.exceptions
import harness
import pytest

PATTERN = '{ "source" : ["shop"], "detail": {"n": [{"numeric": [">", 1.50]}]} }'


def test_boto3_does_everything_that_is_offered(start, sink):
    bus = start()
    events = harness.events_client(bus, account="123456789012", region="eu-west-2")

    created = events.create_event_bus(Name="central", Tags=[{"Key": "team", "Value": "data"}])
    arn = "arn:aws:events:eu-west-2:123456789012:event-bus/central"
    assert created["EventBusArn"] == arn
    described = events.describe_event_bus(Name="central")
    assert (described["Name"], described["Arn"]) == ("central", arn)
    # Debian's boto3 does not know all members yet.
    raw = bus.call("DescribeEventBus")[1]
    assert isinstance(raw["CreationTime"], (int, float)) and "Description" not in raw and None not in raw.values()
    assert [b["Name"] for b in events.list_event_buses()["EventBuses"]] == ["central", "default"]

    rule = events.put_rule(Name="r", EventBusName="central", EventPattern=PATTERN, Description="x")["RuleArn"]
    assert rule == "arn:aws:events:eu-west-2:123456789012:rule/central/r"
    assert events.describe_rule(Name="r", EventBusName=arn)["EventPattern"] == PATTERN
    events.disable_rule(Name="r", EventBusName="central")
    assert events.describe_rule(Name="r", EventBusName="central")["State"] == "DISABLED"
    events.enable_rule(Name="r", EventBusName="central")
    targets = [{"Id": "hook", "Arn": sink.url("/hook"), "RetryPolicy": {"MaximumRetryAttempts": 3}},
               {"Id": "path", "Arn": sink.url("/path"), "InputPath": "$.detail.id"}]
    assert events.put_targets(Rule="r", EventBusName="central", Targets=targets)["FailedEntryCount"] == 0
    assert events.list_targets_by_rule(Rule="r", EventBusName="central")["Targets"] == targets
    assert [r["Name"] for r in events.list_rules(EventBusName="central", NamePrefix="r")["Rules"]] == ["r"]

    events.tag_resource(ResourceARN=rule, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    events.untag_resource(ResourceARN=rule, TagKeys=["a", "zzz"])
    assert events.list_tags_for_resource(ResourceARN=rule)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "team", "Value": "data"}]

    sent = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    answer = events.put_events(Entries=[
        {"Source": "shop", "DetailType": "t", "Detail": '{"n": 1.60, "id": 12345678901234567890}', "EventBusName": "central",
         "Time": sent, "Resources": ["arn:x"]},
        {"Source": "shop", "DetailType": "t", "Detail": "[1]", "EventBusName": "central"},
        {"Source": "shop", "DetailType": "t", "Detail": '{"n": 1}', "EventBusName": arn}])
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][1]["ErrorCode"] == "MalformedDetail"
    [event] = sink.wait_for("/hook")
    assert (event["id"], event["time"], event["resources"]) == (
        answer["Entries"][0]["EventId"], "2026-01-02T03:04:05Z", ["arn:x"])
    assert (event["account"], event["region"]) == ("123456789012", "eu-west-2")
    assert sink.wait_for("/path") == [12345678901234567890]

    assert events.test_event_pattern(EventPattern='{"source":["a"]}', Event=json.dumps({
        "id": "1", "account": "1", "source": "a", "time": "2026-01-01T00:00:00Z", "region": "r", "detail-type": "t"}))["Result"]

    with pytest.raises(events.exceptions.ClientError, match="Rule can't be deleted since it has targets."):
        events.delete_rule(Name="r", EventBusName="central")
    events.remove_targets(Rule="r", EventBusName="central", Ids=["hook", "path"])
    events.delete_rule(Name="r", EventBusName="central")
    with pytest.raises(events.exceptions.ResourceNotFoundException, match="Rule r does not exist on EventBus central."):
        events.describe_rule(Name="r", EventBusName="central")
    events.delete_event_bus(Name="central")
    events.delete_event_bus(Name="central")


def test_the_token_service_tells_the_account_and_nothing_else(start):
    session = boto3.session.Session(aws_access_key_id="123456789012", aws_secret_access_key="any", region_name="eu-west-2")
    sts = session.client("sts", endpoint_url=start().url)
    identity = sts.get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == ("123456789012", "arn:aws:iam::123456789012:root")
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        sts.get_session_token()
    assert caught.value.response["Error"]["Code"] == "InvalidAction"


def test_the_catalog_of_the_api_survives_a_restart(start):
    bus = start()
    events = harness.events_client(bus)
    events.create_event_bus(Name="central")
    for number in range(30):
        events.put_rule(Name=f"r{number:02}", EventBusName="central", EventPattern=PATTERN)
        events.put_targets(Rule=f"r{number:02}", EventBusName="central",
                           Targets=[{"Id": str(i), "Arn": f"file:f{i}"} for i in range(6)])
    bus.kill()
    bus.start()
    events = harness.events_client(bus)
    names = []
    for page in events.get_paginator("list_rules").paginate(EventBusName="central", PaginationConfig={"PageSize": 7}):
        names += [rule["Name"] for rule in page["Rules"]]
    assert names == [f"r{number:02}" for number in range(30)]
    assert len(events.list_targets_by_rule(Rule="r07", EventBusName="central")["Targets"]) == 6


def test_the_aws_command_line_works_as_typed(start):
    bus = start()
    assert harness.aws(bus, "put-rule", "--name", "r", "--event-pattern", '{"source":["s"]}') == {
        "RuleArn": "arn:aws:events:us-east-1:000000000000:rule/r"}
    assert harness.aws(bus, "put-targets", "--rule", "r", "--targets", "Id=1,Arn=file:cli")["FailedEntryCount"] == 0
    answer = harness.aws(bus, "put-events", "--entries", '[{"Source":"s","DetailType":"t","Detail":"{\\"a\\": 1.0}","Time":"2026-01-01"}]')
    assert answer["FailedEntryCount"] == 0
    lines = harness.wait_until(lambda: bus.log_lines("cli"), "the event in the log file")
    assert (lines[0]["id"], lines[0]["time"]) == (answer["Entries"][0]["EventId"], "2026-01-01T00:00:00Z")
    assert harness.aws(bus, "list-rules")["Rules"][0]["Name"] == "r"


def test_dead_letters_are_listed_with_the_services_attributes_and_can_be_sent_again(start, sink):
    sink.answers("/refuses", 400)
    bus = start()
    bus.call("PutRule", Name="r", EventPattern='{"source":["s"]}')
    bus.call("PutTargets", Rule="r", Targets=[{
        "Id": "1", "Arn": sink.url("/refuses"), "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:000000000000:q"}}])
    _, answer = bus.post("/events", {"source": "s", "detail-type": "t", "detail": {"n": 1}})
    event_id = answer["Entries"][0]["EventId"]
    [letter] = harness.wait_until(lambda: bus.get("/dlq")[1]["DeadLetters"], "a dead letter")
    assert letter["RULE_ARN"] == "arn:aws:events:us-east-1:000000000000:rule/r"
    assert letter["TARGET_ARN"] == sink.url("/refuses")
    assert letter["ERROR_CODE"] == "SDK_CLIENT_ERROR" or letter["ERROR_CODE"] == "ERROR_FROM_TARGET"
    assert letter["RETRY_ATTEMPTS"] in (0, "0") and "EXHAUSTED_RETRY_CONDITION" not in letter
    assert bus.get("/dlq?queue=arn:aws:sqs:us-east-1:000000000000:other")[1]["DeadLetters"] == []

    sink.answers("/refuses", 200)
    assert bus.post("/dlq/redrive", {}) == (200, {"Redriven": 1})
    sink.wait_for("/refuses", 2)
    bus.wait_idle()
    assert {event["id"] for event in sink.bodies("/refuses")} == {event_id}
    assert bus.get("/dlq")[1]["DeadLetters"] == []


def test_metrics_tell_what_happened(start, sink):
    bus = start()
    bus.call("PutRule", Name="r", EventPattern='{"source":["s"]}')
    bus.call("PutTargets", Rule="r", Targets=[{"Id": "1", "Arn": sink.url("/m")}])
    bus.post("/events", {"Entries": [{"Source": "s", "DetailType": "t", "Detail": "{}"},
                                     {"Source": "s", "DetailType": "t", "Detail": "no"},
                                     {"Source": "other", "DetailType": "t", "Detail": "{}"}]})
    sink.wait_for("/m")
    bus.wait_idle()
    metrics = bus.metrics()
    assert metrics["eventbusd_events_accepted_total"] == 2
    assert metrics["eventbusd_events_failed_total"] == 1
    assert metrics["eventbusd_events_matched_total"] == 1
    assert metrics['eventbusd_deliveries_total{outcome="delivered"}'] == 1
    for name in ('eventbusd_deliveries_total{outcome="retried"}', 'eventbusd_deliveries_total{outcome="dead_lettered"}',
                 "eventbusd_deliveries_backlog", "eventbusd_oldest_pending_seconds", "eventbusd_commit_seconds_count"):
        assert name in metrics, sorted(metrics)
