"""What the Terraform AWS provider does for each kind of resource, call by call. It is written in Go, whose decoder takes numbers for
times and nothing else, and a null where a member should be absent shows as a difference in every plan."""
import json
import urllib.request
import xml.etree.ElementTree

import harness
import pytest

ACCOUNT = "000000000000"
BUS = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/orders"


def no_nulls(value):
    assert value is not None
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        no_nulls(inner)


class Provider:
    def __init__(self, daemon):
        self.daemon = daemon

    def __call__(self, operation, **body):
        status, answer = self.daemon.call(operation, **body)
        assert status == 200, (operation, answer)
        no_nulls(answer)
        for name, value in answer.items():
            if name.endswith("Time"):
                assert isinstance(value, (int, float)), (operation, name, value)
        return answer

    def refused(self, code, operation, **body):
        status, answer = self.daemon.call(operation, **body)
        assert (status, answer["__type"]) == (400, code), (operation, answer)
        return answer["message"]

    def tags(self, arn):
        return {tag["Key"]: tag["Value"] for tag in self("ListTagsForResource", ResourceARN=arn)["Tags"]}


@pytest.fixture
def tf(start):
    return Provider(start())


def test_the_provider_starts_by_asking_who_it_is(tf):
    message = urllib.request.Request(
        tf.daemon.url + "/", data=b"Action=GetCallerIdentity&Version=2011-06-15",
        headers={"Content-Type": "application/x-www-form-urlencoded",
                 "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20261120/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0"})
    with urllib.request.urlopen(message, timeout=20) as answer:
        document = xml.etree.ElementTree.fromstring(answer.read())
    names = {"sts": "https://sts.amazonaws.com/doc/2011-06-15/"}
    assert document.findtext(".//sts:Account", namespaces=names) == ACCOUNT
    assert document.findtext(".//sts:Arn", namespaces=names) == f"arn:aws:iam::{ACCOUNT}:root"


def test_event_bus(tf):
    created = tf("CreateEventBus", Name="orders", Description="d", Tags=[{"Key": "a", "Value": "1"}],
                 LogConfig={"IncludeDetail": "FULL", "Level": "INFO"}, KmsKeyIdentifier="alias/k",
                 DeadLetterConfig={"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"})
    assert created["EventBusArn"] == BUS
    read = tf("DescribeEventBus", Name="orders")
    assert (read["Description"], read["KmsKeyIdentifier"], read["LogConfig"]["Level"]) == ("d", "alias/k", "INFO")
    assert tf.tags(BUS) == {"a": "1"}
    # It unsets a description with an empty text, and leaves out what it cannot unset.
    tf("UpdateEventBus", Name="orders", Description="", KmsKeyIdentifier="alias/k")
    tf("TagResource", ResourceARN=BUS, Tags=[{"Key": "b", "Value": "2"}])
    tf("UntagResource", ResourceARN=BUS, TagKeys=["a"])
    read = tf("DescribeEventBus", Name="orders")
    assert "Description" not in read and read["DeadLetterConfig"] == {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"}
    assert tf.tags(BUS) == {"b": "2"}
    assert tf("DeleteEventBus", Name="orders") == {}
    tf.refused("ResourceNotFoundException", "DescribeEventBus", Name="orders")
    assert tf("DeleteEventBus", Name="orders") == {}


def test_event_rule_and_event_target(tf):
    tf("CreateEventBus", Name="orders")
    pattern = '{"source":["shop"],"detail":{"s":[{"prefix":"<&>"}]}}'
    on = {"EventBusName": "orders"}
    rule = tf("PutRule", Name="r", EventPattern=pattern, Description="d", State="ENABLED", Tags=[{"Key": "a", "Value": "1"}], **on)["RuleArn"]
    assert tf("DescribeRule", Name="r", **on)["EventPattern"] == pattern
    assert tf.tags(rule) == {"a": "1"}

    for number in range(3):
        answer = tf("PutTargets", Rule="r", Targets=[{"Id": f"t{number}", "Arn": "file:out", "Input": '{"n": 1}'}], **on)
        assert answer["FailedEntryCount"] == 0
    targets, token = [], {}
    while True:
        page = tf("ListTargetsByRule", Rule="r", Limit=2, **on, **token)
        targets += page["Targets"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert [target["Id"] for target in targets] == ["t0", "t1", "t2"]
    assert targets[1] == {"Id": "t1", "Arn": "file:out", "Input": '{"n": 1}'}
    tf("PutTargets", Rule="r", Targets=[{"Id": "t1", "Arn": "file:other"}], **on)
    assert tf("ListTargetsByRule", Rule="r", **on)["Targets"][1] == {"Id": "t1", "Arn": "file:other"}

    # An update sends the tags again, which changes none, and leaves out what was unset.
    tf("PutRule", Name="r", EventPattern=pattern, State="DISABLED", Tags=[{"Key": "z", "Value": "9"}], **on)
    read = tf("DescribeRule", Name="r", **on)
    assert read["State"] == "DISABLED" and "Description" not in read
    assert tf.tags(rule) == {"a": "1"}

    # It deletes the rule while its targets go, and tries again for exactly this text.
    message = tf.refused("ValidationException", "DeleteRule", Name="r", Force=True, **on)
    assert "Rule can't be deleted since it has targets" in message
    for number in range(3):
        assert tf("RemoveTargets", Rule="r", Ids=[f"t{number}"], **on)["FailedEntryCount"] == 0
    assert tf("DeleteRule", Name="r", **on) == {}
    tf.refused("ResourceNotFoundException", "DescribeRule", Name="r", **on)


def test_a_rule_on_a_bus_named_by_its_arn(tf):
    tf("CreateEventBus", Name="orders")
    tf("PutRule", Name="r", EventBusName=BUS, EventPattern='{"source":["a"]}')
    assert tf("DescribeRule", Name="r", EventBusName=BUS)["EventBusName"] == "orders"
    tf("DeleteRule", Name="r", EventBusName=BUS)


def statement_of(tf, bus, sid):
    policy = json.loads(tf("DescribeEventBus", Name=bus)["Policy"])
    [statement] = [one for one in policy["Statement"] if one["Sid"] == sid]
    assert isinstance(statement["Action"], str) and isinstance(statement["Resource"], str)
    return statement


def test_event_permission(tf):
    put = {"EventBusName": "default", "Action": "events:PutEvents", "StatementId": "one"}
    tf("PutPermission", Principal="111111111111", **put)
    assert statement_of(tf, "default", "one")["Principal"] == {"AWS": "arn:aws:iam::111111111111:root"}
    tf("PutPermission", Principal="*", Condition={"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1"}, **put)
    statement = statement_of(tf, "default", "one")
    assert (statement["Principal"], statement["Condition"]) == ("*", {"StringEquals": {"aws:PrincipalOrgID": "o-1"}})
    tf("RemovePermission", EventBusName="default", StatementId="one")
    assert "Policy" not in tf("DescribeEventBus", Name="default")
    tf.refused("ResourceNotFoundException", "RemovePermission", EventBusName="default", StatementId="one")


def test_event_bus_policy(tf):
    policy = '{"Version":"2012-10-17","Statement":[{"Sid":"s","Effect":"Allow","Principal":"*","Action":["events:PutEvents"],"Resource":"x"}]}'
    tf("PutPermission", EventBusName="default", Policy=policy)
    assert tf("DescribeEventBus", Name="default")["Policy"] == policy
    changed = policy.replace("Allow", "Deny")
    tf("PutPermission", EventBusName="default", Policy=changed)
    assert tf("DescribeEventBus", Name="default")["Policy"] == changed
    tf("RemovePermission", EventBusName="default", RemoveAllPermissions=True)
    assert "Policy" not in tf("DescribeEventBus", Name="default")


def until(tf, states, name):
    """Polls as the provider does, which gives up only at a state that it does not know."""
    return harness.wait_until(
        lambda: (read := tf("DescribeConnection", Name=name)) and read["ConnectionState"] in states and read, f"{states}")


def test_event_connection_and_event_api_destination(tf):
    basic = {"Username": "u", "Password": "secret"}
    made = tf("CreateConnection", Name="c", AuthorizationType="BASIC", AuthParameters={"BasicAuthParameters": basic})
    read = until(tf, ("AUTHORIZED", "DEAUTHORIZED"), "c")
    assert read["AuthParameters"] == {"BasicAuthParameters": {"Username": "u"}}
    assert read["SecretArn"].startswith(f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:events!connection/c/")
    assert read["ConnectionArn"] == made["ConnectionArn"]

    destination = {"Name": "d", "ConnectionArn": made["ConnectionArn"], "HttpMethod": "POST",
                   "InvocationEndpoint": "https://hooks.example/in"}
    created = tf("CreateApiDestination", InvocationRateLimitPerSecond=300, **destination)
    read = tf("DescribeApiDestination", Name="d")
    assert {name: read[name] for name in destination} == destination
    assert (read["ApiDestinationArn"], read["InvocationRateLimitPerSecond"]) == (created["ApiDestinationArn"], 300)
    assert "Description" not in read
    tf("UpdateApiDestination", InvocationRateLimitPerSecond=20, **destination)
    assert tf("DescribeApiDestination", Name="d")["InvocationRateLimitPerSecond"] == 20

    tf("UpdateConnection", Name="c", AuthorizationType="BASIC",
       AuthParameters={"BasicAuthParameters": {"Username": "v", "Password": "other"}})
    assert until(tf, ("AUTHORIZED",), "c")["AuthParameters"]["BasicAuthParameters"]["Username"] == "v"

    assert tf("DeleteApiDestination", Name="d") == {}
    tf.refused("ResourceNotFoundException", "DescribeApiDestination", Name="d")
    assert tf("DeleteConnection", Name="c")["ConnectionState"] == "DELETING"
    harness.wait_until(lambda: tf.daemon.call("DescribeConnection", Name="c")[0] == 400, "the connection to be gone")
    tf.refused("ResourceNotFoundException", "DescribeConnection", Name="c")


def test_event_archive(tf):
    bus = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default"
    pattern = '{"source":["shop"]}'
    tf("CreateArchive", ArchiveName="a", EventSourceArn=bus, Description="d", EventPattern=pattern, RetentionDays=7)
    read = tf("DescribeArchive", ArchiveName="a")
    assert (read["ArchiveArn"], read["EventSourceArn"]) == (f"arn:aws:events:us-east-1:{ACCOUNT}:archive/a", bus)
    assert (read["Description"], read["EventPattern"], read["RetentionDays"]) == ("d", pattern, 7)
    tf("UpdateArchive", ArchiveName="a", Description="e", RetentionDays=8)
    read = tf("DescribeArchive", ArchiveName="a")
    assert (read["Description"], read["RetentionDays"]) == ("e", 8)
    assert tf("DeleteArchive", ArchiveName="a") == {}
    tf.refused("ResourceNotFoundException", "DescribeArchive", ArchiveName="a")
