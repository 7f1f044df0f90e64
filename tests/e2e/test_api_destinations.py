"""Connections and API destinations: the ten operations and more by boto3, real deliveries, and secrets that nobody sees."""
import base64
import http.server
import json
import os
import threading
import urllib.parse

import botocore.exceptions
import harness
import pytest

CANARY = "canary-5d1f"


class AuthorizationServer:
    """Hands out tokens for the right client credentials; `target` takes only the newest one."""

    def __init__(self):
        server = self
        self.given = 0
        self.refuses = False
        self.deliveries = []  # (path, headers, body)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, status, body=b""):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                if self.path.startswith("/token"):
                    form = urllib.parse.parse_qs(body)
                    if server.refuses or form.get("client_secret") != [CANARY + "-client"]:
                        return self.answer(401, b'{"error":"invalid_client"}')
                    server.given += 1
                    token = {"access_token": f"{CANARY}-token-{server.given}", "token_type": "Bearer", "expires_in": 3600}
                    return self.answer(200, json.dumps(token).encode())
                if self.headers.get("Authorization") != f"Bearer {CANARY}-token-{server.given}":
                    return self.answer(401)
                server.deliveries.append((self.path, dict(self.headers), body))
                return self.answer(200)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def authorization():
    it = AuthorizationServer()
    yield it
    it.close()


def basic():
    return {"AuthorizationType": "BASIC",
            "AuthParameters": {"BasicAuthParameters": {"Username": "user", "Password": CANARY + "-password"}}}


def oauth(url):
    client = {"ClientID": "id", "ClientSecret": CANARY + "-client"}
    return {"AuthorizationType": "OAUTH_CLIENT_CREDENTIALS",
            "AuthParameters": {"OAuthParameters": {"ClientParameters": client, "AuthorizationEndpoint": url + "/token", "HttpMethod": "POST"}}}


def wait_for_state(events, name, *states):
    """As Terraform polls after it has created or updated one."""
    def settled():
        found = events.describe_connection(Name=name)
        return found if found["ConnectionState"] in states else None
    return harness.wait_until(settled, f"connection {name} in {states}")


def deliver(bus, events, target, arn, **more):
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["shop"]}))
    events.put_targets(Rule="all", Targets=[{"Id": target, "Arn": arn, **more}])
    put = events.put_events(Entries=[{"Source": "shop", "DetailType": "order", "Detail": json.dumps({"tenant": "t/1", "n": 1.50})}])
    assert put["FailedEntryCount"] == 0


def test_every_operation_by_boto3(start, authorization):
    events = harness.events_client(start())
    made = events.create_connection(Name="c", Description="d", **basic())
    assert made["ConnectionState"] == "AUTHORIZED"
    described = events.describe_connection(Name="c")
    assert described["AuthParameters"] == {"BasicAuthParameters": {"Username": "user"}}
    assert described["SecretArn"].startswith("arn:aws:secretsmanager:us-east-1:000000000000:secret:events!connection/c/")
    destination = events.create_api_destination(Name="a", ConnectionArn=made["ConnectionArn"], HttpMethod="POST",
                                                InvocationEndpoint="https://api.example/*")
    assert destination["ApiDestinationState"] == "ACTIVE"
    assert events.describe_api_destination(Name="a")["InvocationRateLimitPerSecond"] == 300
    events.update_api_destination(Name="a", InvocationRateLimitPerSecond=5)
    [item] = events.list_api_destinations(ConnectionArn=made["ConnectionArn"])["ApiDestinations"]
    assert (item["Name"], item["InvocationRateLimitPerSecond"], item["InvocationEndpoint"]) == ("a", 5, "https://api.example/*")
    assert [one["Name"] for one in events.list_connections(ConnectionState="AUTHORIZED")["Connections"]] == ["c"]
    assert events.deauthorize_connection(Name="c")["ConnectionState"] == "DEAUTHORIZING"
    assert events.describe_connection(Name="c")["ConnectionState"] == "DEAUTHORIZED"
    assert events.describe_api_destination(Name="a")["ApiDestinationState"] == "INACTIVE"
    assert events.update_connection(Name="c", **oauth(authorization.url))["ConnectionState"] == "AUTHORIZING"
    wait_for_state(events, "c", "AUTHORIZED")
    assert events.describe_api_destination(Name="a")["ApiDestinationState"] == "ACTIVE"
    events.delete_api_destination(Name="a")
    assert events.delete_connection(Name="c")["ConnectionState"] == "DELETING"
    for describe in (events.describe_connection, events.describe_api_destination):
        with pytest.raises(botocore.exceptions.ClientError, match="does not exist"):
            describe(Name="c")


def test_a_delivery_with_basic_authorization_and_parameters(start, sink):
    bus = start()
    events = harness.events_client(bus)
    auth = basic()
    auth["AuthParameters"]["InvocationHttpParameters"] = {
        "HeaderParameters": [{"Key": "X-Shared", "Value": "connection", "IsValueSecret": True}],
        "QueryStringParameters": [{"Key": "q", "Value": "a&b"}], "BodyParameters": [{"Key": "added", "Value": "v"}]}
    connection = events.create_connection(Name="c", **auth)["ConnectionArn"]
    arn = events.create_api_destination(Name="a", ConnectionArn=connection, HttpMethod="POST",
                                        InvocationEndpoint=sink.url("/tenants/*/in"))["ApiDestinationArn"]
    deliver(bus, events, "t", arn, HttpParameters={
        "PathParameterValues": ["$.detail.tenant"], "HeaderParameters": {"X-Shared": "target", "X-Own": "$.detail.n"}})
    [body] = sink.wait_for("/tenants/t%2F1/in?q=a%26b")
    assert (body["added"], body["detail"]["n"]) == ("v", 1.5)
    [(_, headers, _)] = sink.received
    assert headers["Authorization"] == "Basic " + base64.b64encode(f"user:{CANARY}-password".encode()).decode()
    assert (headers["X-Shared"], headers["X-Own"]) == ("connection", "1.5")
    assert headers["User-Agent"] == "Amazon/EventBridge/ApiDestinations"


def test_oauth_tokens_are_refreshed_and_survive_a_restart(start, authorization):
    bus = start()
    events = harness.events_client(bus)
    connection = events.create_connection(Name="c", **oauth(authorization.url))
    assert connection["ConnectionState"] == "AUTHORIZING"
    assert "LastAuthorizedTime" in wait_for_state(events, "c", "AUTHORIZED")
    arn = events.create_api_destination(Name="a", ConnectionArn=connection["ConnectionArn"], HttpMethod="POST",
                                        InvocationEndpoint=authorization.url + "/in")["ApiDestinationArn"]
    deliver(bus, events, "t", arn)
    harness.wait_until(lambda: len(authorization.deliveries) == 1, "the first delivery")
    authorization.given += 1  # as if somebody else had fetched one: ours is no good any more
    deliver(bus, events, "t", arn)
    harness.wait_until(lambda: len(authorization.deliveries) == 2, "a delivery with a new token")
    bus.stop()
    bus.start()
    events = harness.events_client(bus)
    deliver(bus, events, "t", arn)
    harness.wait_until(lambda: len(authorization.deliveries) == 3, "a delivery after the restart")


def test_refused_credentials_show_as_deauthorized_and_heal(start, authorization):
    authorization.refuses = True
    events = harness.events_client(start())
    events.create_connection(Name="c", **oauth(authorization.url))
    found = wait_for_state(events, "c", "DEAUTHORIZED")
    assert found["StateReason"] == "The authorization endpoint answered with status 401."
    authorization.refuses = False
    events.update_connection(Name="c", **oauth(authorization.url))
    assert "StateReason" not in wait_for_state(events, "c", "AUTHORIZED")


def test_what_is_deleted_becomes_a_dead_letter(start, sink):
    bus = start()
    events = harness.events_client(bus)
    connection = events.create_connection(Name="c", **basic())["ConnectionArn"]
    arn = events.create_api_destination(Name="a", ConnectionArn=connection, HttpMethod="POST",
                                        InvocationEndpoint=sink.url("/in"))["ApiDestinationArn"]
    events.delete_api_destination(Name="a")
    deliver(bus, events, "t", arn)
    def dead():
        _, answer = bus.get("/dlq")
        return "NO_RESOURCE" in json.dumps(answer)
    harness.wait_until(dead, "a dead letter")
    assert sink.received == []


def test_no_secret_is_in_the_store_the_log_or_any_answer(start, authorization):
    bus = start()
    events = harness.events_client(bus)
    key = {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": CANARY + "-key"},
           "InvocationHttpParameters": {"BodyParameters": [{"Key": "b", "Value": CANARY + "-body", "IsValueSecret": True}]}}
    events.create_connection(Name="basic", **basic())
    events.create_connection(Name="key", AuthorizationType="API_KEY", AuthParameters=key)
    events.create_connection(Name="oauth", **oauth(authorization.url))
    wait_for_state(events, "oauth", "AUTHORIZED")
    said = [json.dumps(events.describe_connection(Name=name), default=str) for name in ("basic", "key", "oauth")]
    said.append(json.dumps(events.list_connections(), default=str))
    # Also where it is refused.
    for parameters in ({"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": CANARY + "\n"}},
                       {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": CANARY * 100}}):
        status, answer = bus.call("CreateConnection", Name="x", AuthorizationType="API_KEY", AuthParameters=parameters)
        assert status == 400
        said.append(json.dumps(answer))
    said.append(bus.get("/metrics")[1])
    bus.stop()
    said.append(bus.errors())
    assert all(CANARY not in text for text in said)
    files = [file for file in bus.data.rglob("*") if file.is_file()]
    assert any(b"connection/basic/" in file.read_bytes() for file in files), "the connections themselves are there"
    assert [file for file in files if CANARY.encode() in file.read_bytes()] == []


FILE = """
Connections:
  - Name: crm
    AuthorizationType: API_KEY
    AuthParameters:
      ApiKeyAuthParameters: {ApiKeyName: X-Key, ApiKeyValue: "${env:CRM_KEY}"}
      InvocationHttpParameters:
        HeaderParameters: [{Key: X-File, Value: "${file:token}", IsValueSecret: true}]
ApiDestinations:
  - Name: crm
    ConnectionArn: arn:aws:events:us-east-1:000000000000:connection/crm
    InvocationEndpoint: URL
    HttpMethod: PUT
Rules:
  - Name: to-crm
    EventPattern: {source: [shop]}
    Targets: [{Id: crm, Arn: "arn:aws:events:us-east-1:000000000000:api-destination/crm"}]
"""


def test_connections_and_destinations_come_from_files(start, authorization, tmp_path):
    (tmp_path / "bus").mkdir()
    (tmp_path / "bus" / "token").write_text(CANARY + "-file\n")
    os.chmod(tmp_path / "bus" / "token", 0o400)
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_PUT(self):
            seen.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "bus" / "rules.yaml").write_text(FILE.replace("URL", f"http://127.0.0.1:{server.server_address[1]}/in"))
    bus = start("bus", config="rules: [rules.yaml]\n", environment={"CRM_KEY": CANARY + "-env"})
    events = harness.events_client(bus)
    arn = events.describe_api_destination(Name="crm")["ApiDestinationArn"]
    assert events.describe_connection(Name="crm")["ConnectionState"] == "AUTHORIZED"
    with pytest.raises(botocore.exceptions.ClientError, match="comes from the file"):
        events.update_connection(Name="crm", Description="x")
    events.put_events(Entries=[{"Source": "shop", "DetailType": "order", "Detail": "{}"}])
    harness.wait_until(lambda: seen, "a delivery")
    assert (seen[0][0]["X-Key"], seen[0][0]["X-File"]) == (CANARY + "-env", CANARY + "-file")
    bus.stop()
    bus.start()
    assert harness.events_client(bus).describe_api_destination(Name="crm")["ApiDestinationArn"] == arn
    bus.stop()
    server.shutdown()
    server.server_close()
    assert [file for file in bus.data.rglob("*") if file.is_file() and CANARY.encode() in file.read_bytes()] == []


def test_what_terraform_does_call_by_call(start):
    """Create, read until it has settled, update with everything again, delete and read until it is gone; numbers for times, no null."""
    bus = start()

    def call(operation, **body):
        status, answer = bus.call(operation, **body)
        assert status == 200, (operation, answer)
        assert None not in answer.values()
        assert all(isinstance(value, (int, float)) for name, value in answer.items() if name.endswith("Time"))
        return answer

    def is_gone(operation, name):
        status, answer = bus.call(operation, Name=name)
        assert (status, answer["__type"]) == (400, "ResourceNotFoundException")

    key = {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "secret"}}
    arn = call("CreateConnection", Name="c", AuthorizationType="API_KEY", AuthParameters=key)["ConnectionArn"]
    read = call("DescribeConnection", Name="c")
    assert (read["ConnectionState"], read["ConnectionArn"]) == ("AUTHORIZED", arn)
    assert "Description" not in read and "StateReason" not in read
    endpoint = {"ConnectionArn": arn, "InvocationEndpoint": "https://api.example/", "InvocationRateLimitPerSecond": 20}
    assert call("CreateApiDestination", Name="d", HttpMethod="POST", **endpoint)["ApiDestinationState"] == "ACTIVE"
    key["InvocationHttpParameters"] = {"HeaderParameters": [{"Key": "h", "Value": "v", "IsValueSecret": False}]}
    call("UpdateConnection", Name="c", AuthorizationType="API_KEY", AuthParameters=key, Description="new")
    read = call("DescribeConnection", Name="c")
    assert (read["ConnectionState"], read["Description"]) == ("AUTHORIZED", "new")
    assert read["AuthParameters"]["InvocationHttpParameters"] == key["InvocationHttpParameters"]
    call("UpdateApiDestination", Name="d", HttpMethod="GET", **endpoint)
    assert call("DescribeApiDestination", Name="d")["HttpMethod"] == "GET"
    assert call("DeleteApiDestination", Name="d") == {}
    is_gone("DescribeApiDestination", "d")
    assert call("DeleteConnection", Name="c")["ConnectionState"] == "DELETING"
    is_gone("DescribeConnection", "c")
