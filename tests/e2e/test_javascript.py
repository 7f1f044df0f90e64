"""The AWS SDK for JavaScript v3 and the verifier of Standard Webhooks, both unchanged from npm."""
import base64
import json
import os
import subprocess

import harness
import javascript


def test_the_javascript_sdk_puts_events_and_one_resource_of_each_kind(start):
    bus = start()
    printed = javascript.run("eventbridge.mjs", bus.url)
    assert "events: as expected" in printed
    lines = harness.wait_until(lambda: len(bus.log_lines("js")) == 2 and bus.log_lines("js"), "both events in the log file")
    assert {"n": 1.10} in lines


def test_standardwebhooks_verifies_what_we_sign_and_we_what_it_signs(start, sink):
    secrets = ["whsec_" + base64.b64encode(os.urandom(32)).decode() for _ in range(2)]
    bus = start(config='signing_secrets: [{name: s, secrets: ["${env:NEW}", "${env:OLD}"]}]\n',
                environment=dict(zip(("NEW", "OLD"), secrets)))
    bus.call("PutRule", Name="r", EventPattern='{"source":["s"]}')
    targets = [{"Id": "one", "Arn": sink.url("/one"), "Signing": {"Secret": "s"}},
               {"Id": "many", "Arn": sink.url("/many"), "Signing": {"Secret": "s"}, "Batch": {"MaxCount": 2}},
               {"Id": "cloud", "Arn": sink.url("/cloud"), "Signing": {"Secret": "s"}, "CloudEvents": "binary"}]
    status, answer = bus.call("PutTargets", Rule="r", Targets=targets)
    assert (status, answer["FailedEntryCount"]) == (200, 0), answer
    for name in ("Zoë", "\u2028"):
        assert bus.post("/events", {"source": "s", "detail-type": "t", "detail": {"name": name, "n": 1.10}})[0] == 200
    bus.wait_idle()
    with sink.changed:
        received = [{"headers": {name.lower(): value for name, value in headers.items()}, "body": body}
                    for _, headers, body in sink.received]
    assert len(received) == 5
    printed = json.loads(javascript.run("webhooks.mjs", *secrets, text=json.dumps(received)))
    assert printed["verified"] == 5

    ours = subprocess.run([harness.BINARY, "webhook", "verify", "--id", "msg_js", "--timestamp", printed["timestamp"],
                           "--signature", printed["signature"]], input='{"a":"Zoë"}'.encode(), capture_output=True, timeout=30,
                          env={**os.environ, "WEBHOOK_SECRET": secrets[0]})
    assert ours.returncode == 0, ours.stderr
