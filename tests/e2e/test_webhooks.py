"""Signed webhooks, CloudEvents, commands and TLS profiles, each from the config to a receiver that checks for itself."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import shutil
import ssl
import subprocess
import threading
import time

import pytest

import harness

GUIDE = harness.ROOT / "docs" / "webhooks.md"
VECTOR = dict(secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", webhook_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
              timestamp="1614265330", body=b'{"test": 2432232314}',
              signature="v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")


def new_secret():
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()


def signature(secret, webhook_id, timestamp, body):
    """An implementation of its own, against which everything else is held."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def test_the_reference_of_these_tests_is_that_of_the_specification():
    v = VECTOR
    assert signature(v["secret"], v["webhook_id"], v["timestamp"], v["body"]) == v["signature"]


def webhook(*arguments, body=b"", secret=None):
    environment = {**os.environ, **({"WEBHOOK_SECRET": secret} if secret else {})}
    return subprocess.run([harness.BINARY, "webhook", *arguments], input=body, capture_output=True, timeout=30,
                          env=environment)


def test_the_program_makes_secrets_signs_and_verifies():
    v = VECTOR
    done = webhook("sign", "--id", v["webhook_id"], "--timestamp", v["timestamp"], body=v["body"], secret=v["secret"])
    assert done.stdout.decode().splitlines() == [
        f"webhook-id: {v['webhook_id']}", f"webhook-timestamp: {v['timestamp']}",
        f"webhook-signature: {v['signature']}"]
    secret = webhook("secret").stdout.decode().strip()
    done = webhook("sign", "--id", "msg_1", "--secret", secret, body=b"x")
    headers = dict(line.split(": ", 1) for line in done.stdout.decode().splitlines())
    flags = ["--id", "msg_1", "--timestamp", headers["webhook-timestamp"],
             "--signature", "v1,AAAA " + headers["webhook-signature"]]
    assert webhook("verify", *flags, body=b"x", secret=secret).returncode == 0
    bad = webhook("verify", *flags, body=b"y", secret=secret)
    assert (bad.returncode, bad.stderr) == (1, b"no signature is that of the secret over id, timestamp and body\n")
    old = webhook("verify", "--id", v["webhook_id"], "--timestamp", v["timestamp"], "--signature", v["signature"],
                  body=v["body"], secret=v["secret"])
    assert old.returncode == 1 and b"more than 300 s from now" in old.stderr
    assert webhook("sign", "--id", "x", secret="whsec_canary").returncode == 64
    assert b"canary" not in webhook("sign", "--id", "x", secret="whsec_canary").stderr


# --- the guide for receivers

def snippet(language):
    found = re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    return next(code for code in found if "verify" in code)


DRIVERS = {
    "python": """
import sys
print("good" if verify(*sys.argv[1:], sys.stdin.buffer.read()) else "bad")
""",
    "javascript": """
const chunks = [];
process.stdin.on("data", (chunk) => chunks.push(chunk)).on("end", () =>
  console.log(verify(...process.argv.slice(2), Buffer.concat(chunks)) ? "good" : "bad"));
""",
    "go": """package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	body, _ := io.ReadAll(os.Stdin)
	if verify(os.Args[1], os.Args[2], os.Args[3], os.Args[4], body) {
		fmt.Println("good")
	} else {
		fmt.Println("bad")
	}
}
""",
    "java": """
public class Main {
    public static void main(String[] a) throws Exception {
        byte[] body = System.in.readAllBytes();
        System.out.println(Webhooks.verify(a[0], a[1], a[2], a[3], body) ? "good" : "bad");
    }
}
""",
    "sh": """
if verify "$@"; then echo good; else echo bad; fi
""",
}
DRIVERS["bash"] = DRIVERS["sh"]


def receiver(language, folder):
    """The command that runs the guide's piece for a language; its driver only passes arguments on."""
    tool = {"python": "python3", "javascript": "node", "java": "javac"}.get(language, language)
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    code, driver = snippet("sh" if language == "bash" else language), DRIVERS[language]
    if language == "java":
        (folder / "Webhooks.java").write_text(code)
        (folder / "Main.java").write_text(driver)
        subprocess.run(["javac", "Webhooks.java", "Main.java"], cwd=folder, check=True, timeout=120)
        return ["java", "-cp", str(folder), "Main"]
    if language == "go":
        (folder / "verify.go").write_text(code)
        (folder / "main.go").write_text(driver)
        (folder / "go.mod").write_text("module receiver\n")
        subprocess.run(["go", "build", "-o", "receiver", "."], cwd=folder, check=True, timeout=240)
        return [str(folder / "receiver")]
    file = folder / "receiver"
    file.write_text(code + driver)
    return [tool, str(file)]


@pytest.mark.parametrize("language", sorted(DRIVERS))
def test_the_guide_verifies_what_a_daemon_sends_and_nothing_else(language, start, sink, tmp_path):
    command = receiver(language, tmp_path)
    new, old = new_secret(), new_secret()
    daemon = start(config='signing_secrets: [{name: ours, secrets: ["${env:NEW}", "${env:OLD}"]}]\n',
                   environment={"NEW": new, "OLD": old})
    status, answer = put_target(daemon, {"Id": "t", "Arn": sink.url("/in"), "Signing": {"Secret": "ours"}})
    assert status == 200, answer
    put_event(daemon, {"name": "Zoë", "n": 1.10})
    sink.wait_for("/in")
    [(headers, body)] = [(headers, text.encode()) for _, headers, text in sink.received]
    sent_id, sent_at, sent = (headers["webhook-" + name] for name in ("id", "timestamp", "signature"))
    long_ago = str(int(sent_at) - 3600)
    trap = tmp_path / "a-timestamp-was-run"

    def verdict(secret=new, webhook_id=sent_id, timestamp=sent_at, signatures=sent, got=body):
        done = subprocess.run([*command, secret, webhook_id, timestamp, signatures], input=got,
                              capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def signed_anew(timestamp=sent_at, got=body):
        return verdict(timestamp=timestamp, got=got, signatures=signature(new, sent_id, timestamp, got))

    assert verdict() == "good"
    assert verdict(secret=old) == "good"
    assert verdict(signatures=f"v1,{'A' * 43}= {sent} v1a,x") == "good"
    assert signed_anew(got=b"\xff\x00\n\n") == "good"
    assert verdict(got=body + b" ") == "bad"
    assert verdict(secret=new_secret()) == "bad"
    assert verdict(webhook_id="msg_2") == "bad"
    assert signed_anew(timestamp=long_ago) == "bad"
    for nonsense in ("", "soon", "9" * 400, f"a[$(touch {trap})]"):
        assert signed_anew(timestamp=nonsense) == "bad"
    assert not trap.exists()
    assert verdict(signatures="v1,") == "bad"


# --- what a daemon sends

def put_target(daemon, target, rule="all"):
    status, answer = daemon.call("PutRule", Name=rule, EventPattern='{"source":["shop"]}')
    assert status == 200, answer
    return daemon.call("PutTargets", Rule=rule, Targets=[target])


def put_event(daemon, detail=None):
    status, answer = daemon.post("/events", {"source": "shop", "detail-type": "order created",
                                             "detail": detail or {"n": 1}, "resources": ["order/7"]})
    assert (status, answer["FailedEntryCount"]) == (200, 0), answer
    return answer["Entries"][0]["EventId"]


def signatures_of(sink, path):
    """Of each webhook that came: (signatures, what they should be for a secret)."""
    with sink.changed:
        got = [(headers, body.encode()) for to, headers, body in sink.received if to == path]
    return [(headers["webhook-signature"].split(" "),
             lambda secret, h=headers, b=body: signature(secret, h["webhook-id"], h["webhook-timestamp"], b))
            for headers, body in got]


def test_a_webhook_is_signed_with_every_secret_of_the_config(start, sink):
    new, old = new_secret(), new_secret()
    config = 'signing_secrets: [{name: billing, secrets: ["${env:NEW}", "${env:OLD}"]}]\n'
    daemon = start(config=config, environment={"NEW": new, "OLD": old})
    status, refusal = put_target(daemon, {"Id": "t", "Arn": sink.url("/in"), "Signing": {"Secret": "bling"}})
    assert status == 400 and 'The config has no signing secret \\"bling\\"' in json.dumps(refusal), refusal
    status, answer = put_target(daemon, {"Id": "t", "Arn": sink.url("/in"), "Signing": {"Secret": "billing"}})
    assert status == 200, answer
    put_event(daemon, {"text": "Zoë"})
    sink.wait_for("/in")
    [(signatures, expected)] = signatures_of(sink, "/in")
    assert signatures == [expected(new), expected(old)]
    assert new not in daemon.errors() and old not in daemon.errors()


def test_secrets_of_a_target_are_stored_sealed_shown_masked_and_overlap(start, sink):
    first, second = new_secret(), new_secret()
    daemon = start()
    target = {"Id": "t", "Arn": sink.url("/in"), "Signing": {"Secrets": [first]}}
    status, answer = put_target(daemon, target)
    assert status == 200, answer
    [shown] = daemon.call("ListTargetsByRule", Rule="all")[1]["Targets"]
    assert re.fullmatch(r"whsec_\*\*\*[0-9a-f]{8}", shown["Signing"]["Secrets"][0]), shown
    status, answer = put_target(daemon, {**target, "Signing": {"Secrets": [second]}})
    assert status == 200, answer
    status, answer = put_target(daemon, {**target, "Signing": {"Secrets": ["whsec_canary"]}})
    assert status == 400 and "canary" not in json.dumps(answer), answer
    daemon.stop()
    stored = b"".join(file.read_bytes() for file in daemon.data.rglob("*") if file.is_file())
    for secret in (first, second):
        assert secret[6:].encode() not in stored and base64.b64decode(secret[6:]) not in stored
    daemon.start()
    put_event(daemon)
    sink.wait_for("/in")
    [(signatures, expected)] = signatures_of(sink, "/in")
    assert signatures == [expected(second), expected(first)]
    assert first not in daemon.errors() and second not in daemon.errors()


def test_a_secret_that_is_none_keeps_the_daemon_from_starting_and_is_not_shown(tmp_path):
    config = tmp_path / "eventbusd.yaml"
    config.write_text("signing_secrets:\n- {name: a, secrets: [whsec_canary]}\n")
    for command in (["check", str(config)], ["serve", "--config", str(config), "--data", str(tmp_path / "data")]):
        done = subprocess.run([harness.BINARY, *command], capture_output=True, text=True, timeout=30)
        assert done.returncode == 78
        assert done.stderr.startswith(f"{config}:2:22: /signing_secrets/0/secrets: the secret "), done.stderr
        assert "canary" not in done.stderr


def test_cloud_events_come_in_and_go_out(start, sink):
    daemon = start()
    for mode in ("structured", "binary"):
        status, answer = put_target(daemon, {"Id": mode, "Arn": sink.url("/" + mode), "CloudEvents": mode})
        assert status == 200, answer
    status, answer = daemon.post(
        "/cloudevents", b'{"sku": "\xc3\xb6", "price": 1.10}',
        {"Content-Type": "application/json", "ce-specversion": "1.0", "ce-id": "their-1", "ce-source": "shop",
         "ce-type": "order%20created", "ce-time": "2026-01-02T03:04:05Z", "ce-subject": "Euro%20%E2%82%AC"})
    assert status == 200, answer
    event_id = answer["Entries"][0]["EventId"]
    sink.wait_for("/structured")
    sink.wait_for("/binary")
    with sink.changed:
        sent = {path: (headers, body) for path, headers, body in sink.received}
    headers, body = sent["/structured"]
    assert headers["Content-Type"] == "application/cloudevents+json; charset=utf-8"
    attributes = {"specversion": "1.0", "id": event_id, "source": "shop", "type": "order created",
                  "time": "2026-01-02T03:04:05Z", "subject": "Euro €"}
    assert json.loads(body) == {**attributes, "datacontenttype": "application/json",
                                "data": {"sku": "ö", "price": 1.10}}
    headers, body = sent["/binary"]
    assert body == '{"sku": "ö", "price": 1.10}'
    assert headers["Content-Type"] == "application/json"
    assert {name: value for name, value in headers.items() if name.startswith("ce-")} == {
        "ce-specversion": "1.0", "ce-id": event_id, "ce-source": "shop", "ce-type": "order%20created",
        "ce-time": "2026-01-02T03:04:05Z", "ce-subject": "Euro%20%E2%82%AC"}


def test_a_command_of_the_config_gets_events_and_no_other_program_does(start, tmp_path):
    script = tmp_path / "notify.sh"
    script.write_text('#!/bin/sh\n{ cat; echo " $EVENTBUSD_ATTEMPT $EVENTBUSD_RULE $1 $MODE"; } >> got\n'
                      '[ "$EVENTBUSD_ATTEMPT" -gt 1 ] || exit 75\n')
    script.chmod(0o755)
    daemon = start(config=f"commands: [{{name: notify, program: ['{script}', 'a b'], directory: {tmp_path}, "
                          "environment: [MODE=fast]}]\ndelivery: {retry_base: 10ms}\n")
    for arn in ("exec:other", f"exec:{script}", "exec:/bin/true"):
        status, answer = put_target(daemon, {"Id": "t", "Arn": arn})
        assert status == 400, answer
    status, answer = put_target(daemon, {"Id": "t", "Arn": "exec:notify", "InputPath": "$.detail"})
    assert status == 200, answer
    put_event(daemon, {"n": 7})
    daemon.wait_idle()
    assert (tmp_path / "got").read_text().splitlines() == ['{"n": 7} 1 all a b fast', '{"n": 7} 2 all a b fast']
    assert daemon.metrics()['eventbusd_attempts_total{kind="command"}'] == 2


def test_a_webhook_does_not_lead_back_to_the_daemon(start):
    daemon = start()
    status, answer = put_target(daemon, {"Id": "t", "Arn": daemon.url + "/events"})
    assert status == 200, answer
    put_event(daemon)
    daemon.wait_idle()
    status, answer = daemon.get("/dlq")
    assert [letter["ERROR_CODE"] for letter in answer["DeadLetters"]] == ["BLOCKED_ADDRESS"]


class TlsSink:
    """An HTTPS receiver that wants to see a certificate of `ca` and keeps whose it was."""

    def __init__(self, certificate, key, ca):
        callers = self.callers = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                callers.append(dict(part[0] for part in self.connection.getpeercert()["subject"])["commonName"])
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.load_verify_locations(ca)
        context.verify_mode = ssl.CERT_REQUIRED

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def finish_request(self, request, address):
                super().finish_request(context.wrap_socket(request, server_side=True), address)

            def handle_error(self, *_):
                pass  # a caller without the right certificate is one of the cases

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def make_certificates(folder):
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=60)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test CA", "-days", "1")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    for name in ("server", "us"):
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-out", f"{name}.pem", "-days", "1", "-extfile", "names")


def test_a_tls_profile_decides_whom_we_trust_and_who_we_are(start, tmp_path):
    make_certificates(tmp_path)
    sink = TlsSink(tmp_path / "server.pem", tmp_path / "server.key", tmp_path / "ca.pem")
    try:
        daemon = start(config="tls_profiles:\n"
                              f"- {{name: partner, ca_file: {tmp_path}/ca.pem, certificate_file: {tmp_path}/us.pem, "
                              f"key_file: {tmp_path}/us.key}}\n"
                              f"- {{name: nobody, ca_file: {tmp_path}/ca.pem}}\n"
                              "delivery: {retry_attempts: 0}\n")
        for profile in ("partner", "nobody", None):
            target = {"Id": profile or "none", "Arn": sink.url, **({"TlsProfile": profile} if profile else {})}
            status, answer = put_target(daemon, target)
            assert status == 200, answer
        status, answer = put_target(daemon, {"Id": "x", "Arn": sink.url, "TlsProfile": "/etc/passwd"})
        assert status == 400, answer
        put_event(daemon)
        daemon.wait_idle()
        assert sink.callers == ["us"]
        status, answer = daemon.get("/dlq")
        assert sorted(letter["TargetId"] for letter in answer["DeadLetters"]) == ["nobody", "none"]
    finally:
        sink.close()
