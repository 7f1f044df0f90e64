"""Every operation of the API that Debian's AWS clients know, called by boto3 and by the AWS command line."""
import json

import harness
import pytest
import scenario

PATTERN = '{ "source" : ["shop"], "detail": {"n": [{"numeric": [">", 1.50]}]} }'
EVENT = json.dumps({"id": "1", "account": "1", "source": "shop", "time": "2026-01-01T00:00:00Z", "region": "r", "detail-type": "t",
                    "detail": {"n": 2}})
SOURCE = "aws.partner/example.com/orders"


@pytest.fixture(params=[scenario.Boto3, scenario.CommandLine], ids=["boto3", "command_line"])
def call(request, start):
    client = request.param(start())
    yield scenario.Scenario(client)
    client.close()


def buses(call):
    arn = call("CreateEventBus", Name="central", Tags=[{"Key": "team", "Value": "data"}])["EventBusArn"]
    assert arn == "arn:aws:events:us-east-1:000000000000:event-bus/central"
    assert call("DescribeEventBus", Name=arn)["Name"] == "central"
    assert [bus["Name"] for bus in call("ListEventBuses")["EventBuses"]] == ["central", "default"]
    call.refused("ResourceAlreadyExistsException", "CreateEventBus", Name="central")
    call("TagResource", ResourceARN=arn, Tags=[{"Key": "a", "Value": "1"}])
    call("UntagResource", ResourceARN=arn, TagKeys=["team"])
    assert call("ListTagsForResource", ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "1"}]
    call("PutPermission", EventBusName="central", Action="events:PutEvents", Principal="111111111111", StatementId="one")
    policy = json.loads(call("DescribeEventBus", Name="central")["Policy"])
    assert policy["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::111111111111:root"}
    call("RemovePermission", EventBusName="central", StatementId="one")
    assert "Policy" not in call("DescribeEventBus", Name="central")


def rules(call):
    on = {"EventBusName": "central"}
    assert call("PutRule", Name="r", EventPattern=PATTERN, **on)["RuleArn"].endswith(":rule/central/r")
    call("DisableRule", Name="r", **on)
    assert call("DescribeRule", Name="r", **on)["State"] == "DISABLED"
    call("EnableRule", Name="r", **on)
    described = call("DescribeRule", Name="r", **on)
    assert (described["State"], described["EventPattern"]) == ("ENABLED", PATTERN)
    targets = [{"Id": str(i), "Arn": "file:out", "RetryPolicy": {"MaximumRetryAttempts": i}} for i in range(6)]
    assert call("PutTargets", Rule="r", Targets=targets, **on)["FailedEntryCount"] == 0
    assert call("ListTargetsByRule", Rule="r", **on)["Targets"] == targets
    assert call("ListRuleNamesByTarget", TargetArn="file:out", **on)["RuleNames"] == ["r"]
    assert [rule["Name"] for rule in call("ListRules", **on)["Rules"]] == ["r"]
    assert call("TestEventPattern", EventPattern=PATTERN, Event=EVENT)["Result"] is True
    answer = call("PutEvents", Entries=[
        {"Source": "shop", "DetailType": "t", "Detail": '{"n": 2}', "EventBusName": "central", "Time": "2026-01-02T03:04:05Z"},
        {"Source": "shop", "DetailType": "t", "Detail": "[1]"}])
    assert answer["FailedEntryCount"] == 1 and answer["Entries"][1]["ErrorCode"] == "MalformedDetail"
    assert "since it has targets" in call.refused("ValidationException", "DeleteRule", Name="r", **on)
    assert call("RemoveTargets", Rule="r", Ids=[target["Id"] for target in targets], **on)["FailedEntryCount"] == 0
    call("DeleteRule", Name="r", **on)
    call.refused("ResourceNotFoundException", "DescribeRule", Name="r", **on)
    call("DeleteEventBus", Name="central")


def connections(call):
    key = {"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "secret"}}
    made = call("CreateConnection", Name="c", AuthorizationType="API_KEY", AuthParameters=key)
    assert made["ConnectionState"] == "AUTHORIZED" and ":connection/c/" in made["ConnectionArn"]
    assert call("DescribeConnection", Name="c")["AuthParameters"]["ApiKeyAuthParameters"] == {"ApiKeyName": "x-key"}
    assert call("UpdateConnection", Name="c", Description="d")["ConnectionState"] == "AUTHORIZED"
    assert [one["Name"] for one in call("ListConnections")["Connections"]] == ["c"]
    made = call("CreateApiDestination", Name="d", ConnectionArn=made["ConnectionArn"], HttpMethod="POST",
                InvocationEndpoint="https://hooks.example/in")
    assert made["ApiDestinationState"] == "ACTIVE"
    assert call("DescribeApiDestination", Name="d")["InvocationRateLimitPerSecond"] == 300
    call("UpdateApiDestination", Name="d", InvocationRateLimitPerSecond=5)
    assert [one["InvocationRateLimitPerSecond"] for one in call("ListApiDestinations")["ApiDestinations"]] == [5]
    assert call("DeauthorizeConnection", Name="c")["ConnectionState"] in ("DEAUTHORIZING", "DEAUTHORIZED")
    call("DeleteApiDestination", Name="d")
    assert call("DeleteConnection", Name="c")["ConnectionState"] == "DELETING"
    gone("DescribeConnection", call, Name="c")
    call.refused("ResourceNotFoundException", "DescribeApiDestination", Name="d")


def archives(call):
    bus = "arn:aws:events:us-east-1:000000000000:event-bus/default"
    archive = call("CreateArchive", ArchiveName="a", EventSourceArn=bus, RetentionDays=1)["ArchiveArn"]
    assert archive == "arn:aws:events:us-east-1:000000000000:archive/a"
    call("UpdateArchive", ArchiveName="a", Description="d")
    described = call("DescribeArchive", ArchiveName="a")
    assert (described["Description"], described["EventCount"], described["State"]) == ("d", 0, "ENABLED")
    assert [one["ArchiveName"] for one in call("ListArchives", NamePrefix="a")["Archives"]] == ["a"]
    times = {"EventStartTime": "2026-01-01T00:00:00Z", "EventEndTime": "2026-01-02T00:00:00Z"}
    started = call("StartReplay", ReplayName="p", EventSourceArn=archive, Destination={"Arn": bus}, **times)
    assert started["State"] == "STARTING"
    harness.wait_until(lambda: call("DescribeReplay", ReplayName="p")["State"] == "COMPLETED", "the end of the replay", 60)
    assert [one["ReplayName"] for one in call("ListReplays")["Replays"]] == ["p"]
    call.refused("IllegalStatusException", "CancelReplay", ReplayName="p")
    call("DeleteArchive", ArchiveName="a")
    call.refused("ResourceNotFoundException", "DescribeArchive", ArchiveName="a")


def gone(operation, call, **parameters):
    def is_gone():
        try:
            call(operation, **parameters)
        except scenario.Refused as refusal:
            return refusal.code == "ResourceNotFoundException"
    harness.wait_until(is_gone, f"{operation} to find nothing")


def partners_and_endpoints(call):
    assert call("ListEventSources")["EventSources"] == []
    assert call("ListPartnerEventSources", NamePrefix="aws.partner/example.com/")["PartnerEventSources"] == []
    assert call("ListEndpoints")["Endpoints"] == []
    call.refused("ResourceNotFoundException", "DescribeEventSource", Name=SOURCE)
    for operation in ("ActivateEventSource", "DeactivateEventSource", "DescribePartnerEventSource"):
        call.refused("OperationDisabledException", operation, Name=SOURCE)
    for operation in ("CreatePartnerEventSource", "DeletePartnerEventSource"):
        call.refused("OperationDisabledException", operation, Name=SOURCE, Account="111111111111")
    call.refused("OperationDisabledException", "ListPartnerEventSourceAccounts", EventSourceName=SOURCE)
    call.refused("OperationDisabledException", "PutPartnerEvents", Entries=[{"Source": SOURCE, "DetailType": "t", "Detail": "{}"}])
    bus = "arn:aws:events:{}:000000000000:event-bus/default"
    call.refused(
        "ValidationException", "CreateEndpoint", Name="e",
        RoutingConfig={"FailoverConfig": {"Primary": {"HealthCheck": "h"}, "Secondary": {"Route": "eu-west-1"}}},
        EventBuses=[{"EventBusArn": bus.format("us-east-1")}, {"EventBusArn": bus.format("eu-west-1")}])
    for operation in ("UpdateEndpoint", "DescribeEndpoint", "DeleteEndpoint"):
        assert "not offered" in call.refused("ValidationException", operation, Name="e")


def test_every_operation_does_what_the_client_expects(call):
    for part in (buses, rules, connections, archives, partners_and_endpoints):
        part(call)
    assert call.client.operations - call.called == set()
