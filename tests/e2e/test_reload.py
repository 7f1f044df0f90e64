"""Rule files that change while the daemon runs: `eventbusd reload`, POST /admin/reload and SIGHUP take over all of them or nothing."""
import concurrent.futures
import itertools
import json
import pathlib
import random
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest
from harness import BINARY, wait_until

SUCCESSFUL = "eventbusd_config_last_reload_successful"
SUCCEEDED_AT = "eventbusd_config_last_reload_success_timestamp_seconds"

GOOD = """\
Rules:
  - Name: first
    EventPattern: {source: [shop]}
    Targets:
      - {Id: log, Arn: "file:first"}
"""
BETTER = GOOD.replace("first", "second")


def reload(daemon, *flags):
    return subprocess.run([BINARY, "reload", "--url", daemon.url, *flags], capture_output=True, text=True, timeout=60)


def names(daemon):
    status, answer = daemon.call("ListRules")
    assert status == 200, answer
    return [rule["Name"] for rule in answer["Rules"]]


def put(daemon, **detail):
    status, answer = daemon.post("/events", {"Entries": [{"Source": "shop", "DetailType": "t", "Detail": json.dumps(detail)}]})
    assert status == 200 and answer["FailedEntryCount"] == 0, answer


@pytest.fixture
def bus(tmp_path, start):
    """A daemon whose rules are in rules.yaml beside its configuration."""
    (tmp_path / "bus").mkdir()
    (tmp_path / "bus" / "rules.yaml").write_text(GOOD)
    daemon = start("bus", config="rules: [rules.yaml]\n", environment={"SOME_SECRET": "s"})
    daemon.rules = daemon.folder / "rules.yaml"
    return daemon


# ---- what is taken over ----

def test_the_command_takes_over_what_the_files_say_and_prints_what_has_changed(bus):
    before = bus.metrics()
    assert before[SUCCESSFUL] == 1
    bus.rules.write_text(BETTER)
    done = reload(bus)
    assert (done.returncode, done.stdout, done.stderr) == (0, "reloaded: 1 rule (1 added, 1 removed)\n", "")
    assert names(bus) == ["second"]
    put(bus, n=1)
    bus.wait_idle()
    assert len(bus.log_lines("second")) == 1 and bus.log_lines("first") == []
    after = bus.metrics()
    assert after[SUCCESSFUL] == 1 and after[SUCCEEDED_AT] > before[SUCCEEDED_AT]


def test_a_dry_run_says_what_would_change_and_changes_nothing(bus):
    bus.rules.write_text(BETTER)
    done = reload(bus, "--dry-run")
    assert (done.returncode, done.stdout) == (0, "a reload would take over: 1 rule (1 added, 1 removed)\n")
    assert names(bus) == ["first"]
    bus.rules.write_text("Rules: [{}]\n")
    assert reload(bus, "--dry-run").returncode == 78
    assert bus.metrics()[SUCCESSFUL] == 1


def test_the_answer_over_http_counts_every_kind(bus):
    bus.rules.write_text(
        GOOD + "EventBuses: [{Name: orders}]\nArchives: [{ArchiveName: kept, EventSourceArn: orders}]\n"
        "Connections:\n  - {Name: c, AuthorizationType: API_KEY, AuthParameters: {ApiKeyAuthParameters: {ApiKeyName: k, ApiKeyValue: \"${env:SOME_SECRET}\"}}}\n"
        "ApiDestinations:\n  - {Name: d, ConnectionArn: \"arn:aws:events:us-east-1:000000000000:connection/c\", InvocationEndpoint: \"https://a.example/\", HttpMethod: POST}\n")
    status, answer = bus.post("/admin/reload", {})
    assert status == 200, answer
    new = {"Total": 1, "Added": 1, "Changed": 0, "Removed": 0}
    assert answer == {
        "DryRun": False, "EventBuses": new, "Rules": {**new, "Added": 0}, "Archives": new, "Connections": new,
        "ApiDestinations": new, "NewCertificate": False, "NeedsRestart": [], "Warnings": []}
    assert bus.post("/admin/reload?dry_rnu=true", {})[0] == 400


def test_what_was_made_through_the_api_stays_as_it_is(bus):
    bus.call("PutRule", Name="mine", EventPattern='{"source":["shop"]}')
    bus.call("PutTargets", Rule="mine", Targets=[{"Id": "log", "Arn": "file:mine"}])
    bus.rules.write_text(BETTER)
    assert reload(bus).returncode == 0
    assert names(bus) == ["mine", "second"]
    put(bus, n=1)
    bus.wait_idle()
    assert len(bus.log_lines("mine")) == 1


def test_a_setting_that_only_a_start_can_change_is_named_and_the_rules_are_taken_over(bus):
    bus.config.write_text("rules: [rules.yaml]\ndelivery:\n  timeout: 7s\nsigning_secrets:\n  - {name: s, secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw]}\n")
    bus.rules.write_text(BETTER)
    done = reload(bus)
    assert done.returncode == 0 and names(bus) == ["second"]
    assert done.stderr.splitlines() == [
        f"needs a restart: {bus.config}:3:12: /delivery/timeout: this setting has changed; it takes effect with a restart",
        f"needs a restart: {bus.config}:5:3: /signing_secrets: this setting has changed; it takes effect with a restart"]
    assert "whsec_" not in done.stderr + bus.errors()


def test_the_list_of_rule_files_itself_may_change(bus):
    (bus.folder / "more").mkdir()
    (bus.folder / "more" / "b.yaml").write_text(BETTER)
    bus.config.write_text("rules: [rules.yaml, more]\n")
    assert reload(bus).returncode == 0
    assert names(bus) == ["first", "second"]


def make_certificate(folder, subject):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", f"/CN={subject}",
         "-keyout", "bus.key", "-out", "bus.pem"], cwd=folder, check=True, capture_output=True, timeout=60)


def shown_certificate(daemon):
    return ssl.get_server_certificate(("127.0.0.1", daemon.port))


def test_a_renewed_certificate_of_the_listener_is_shown_and_one_that_does_not_fit_its_key_is_refused(tmp_path, start):
    make_certificate(tmp_path, "first")
    old = (tmp_path / "bus.pem").read_text()
    daemon = start("bus", config=f"listen:\n  tls_certificate: {tmp_path}/bus.pem\n  tls_key: {tmp_path}/bus.key\n")
    old_key = (tmp_path / "bus.key").read_text()
    make_certificate(tmp_path, "second")
    (new, new_key) = ((tmp_path / "bus.pem").read_text(), (tmp_path / "bus.key").read_text())
    (tmp_path / "bus.key").write_text(old_key)
    daemon.process.send_signal(signal.SIGHUP)
    wait_until(lambda: f"{daemon.config}:2:20: /listen/tls_certificate: " in daemon.errors(), "the problem in the log")
    assert shown_certificate(daemon) == old
    (tmp_path / "bus.key").write_text(new_key)
    daemon.process.send_signal(signal.SIGHUP)
    wait_until(lambda: shown_certificate(daemon) == new, "the new certificate")
    wait_until(lambda: "new_certificate=true" in daemon.errors(), "it in the log")


# ---- what is wrong ----

def replace_by_folder(file):
    file.unlink()
    file.mkdir()


RULE = "Rules:\n  - {Name: r, EventPattern: {source: [a]}, Targets: [{Id: t, Arn: \"file:x\"}]}\n"
# What is done to rules.yaml, and what must be said of it.
BROKEN = {
    "half a file": (GOOD[:GOOD.index("Arn") + 5], ":5:"),
    "no YAML": ("Rules: [\n", ":2:1: "),
    "a misspelt key": ("Ruels: []\n", ":1:1: /Ruels: unknown key \"Ruels\", did you mean \"Rules\"?"),
    "no object": ("- 1\n", ":1:1: expected an object"),
    "a rule without a name": ("Rules: [{EventPattern: {source: [a]}}]\n", ":1:9: /Rules/0"),
    "a pattern that is none": (RULE.replace("[a]", "[{prefxi: a}]"), "Unrecognized match type prefxi"),
    "a target that is none": (RULE.replace("file:x", "http://user@host/"), "/Rules/0/Targets/0/Arn: "),
    "a rule twice": (RULE + RULE.partition("\n")[2], "is already defined in"),
    "a rule on a bus that is not there": (RULE.replace("Name: r", "Name: r, EventBusName: nowhere"),
                                          "/Rules/0/EventBusName: Event bus nowhere does not exist. Define it in a file as well"),
    "a name that the API has given": (RULE.replace("Name: r", "Name: mine"),
                                      "/Rules/0/Name: Rule mine on EventBus default of the file"),
    "a destination without a connection": (
        "ApiDestinations: [{Name: d, ConnectionArn: \"arn:aws:events:us-east-1:000000000000:connection/c\", "
        "InvocationEndpoint: \"https://a.example/\", HttpMethod: POST}]\n", "/ApiDestinations/0/ConnectionArn: Connection 'c' does not exist."),
    "a variable that is not set": (
        "Connections: [{Name: c, AuthorizationType: BASIC, AuthParameters: {BasicAuthParameters: {Username: u, Password: \"${env:MISSING}\"}}}]\n",
        "MISSING"),
    "a file that is not there": (
        "Connections: [{Name: c, AuthorizationType: BASIC, AuthParameters: {BasicAuthParameters: {Username: u, Password: \"${file:/nope}\"}}}]\n",
        "/nope"),
    "another encoding": (GOOD.encode("utf-16"), "expected UTF-8, found UTF-16"),
    "a NUL byte": (GOOD.encode() + b"\0", "found a NUL byte"),
    "an alias": ("x: &a 1\nRules: *a\n", ":1:4: "),
    "emptied": ("", ": is empty; write \"Rules: []\" if there are to be none"),
    "deleted": (pathlib.Path.unlink, ": cannot be read: No such file or directory"),
    "a folder in its place": (replace_by_folder, ": expected a file, found a folder"),
    "not readable": (lambda file: file.chmod(0), ": cannot be read: Permission denied"),
    "writable for everybody": (lambda file: file.chmod(0o666), "everybody may write to it"),
    "a pipe": (lambda file: (file.unlink(), subprocess.run(["mkfifo", file], check=True)), "found a device or a pipe"),
}


def break_file(file, how):
    if callable(how):
        how(file)
    else:
        file.write_bytes(how if isinstance(how, bytes) else how.encode())


def repair(file):
    if file.is_dir():
        file.rmdir()
    file.unlink(missing_ok=True)
    file.write_text(GOOD)


@pytest.fixture
def without_privilege(tmp_path):
    """The program such that file permissions count, even for root."""
    if not shutil.which("setpriv") or subprocess.run(["id", "-u"], capture_output=True, text=True).stdout.strip() != "0":
        return BINARY
    wrapper = tmp_path / "eventbusd-without-privilege"
    wrapper.write_text(f'#!/bin/sh\nexec setpriv --bounding-set -dac_override,-dac_read_search {BINARY} "$@"\n')
    wrapper.chmod(0o755)
    return str(wrapper)


def test_whatever_is_wrong_with_a_file_the_rules_stay_and_the_command_says_what_and_where(bus, without_privilege):
    assert bus.stop() == 0
    bus.start(binary=without_privilege)
    bus.call("PutRule", Name="mine", EventPattern='{"source":["shop"]}')
    for what, (how, said) in BROKEN.items():
        break_file(bus.rules, how)
        done = reload(bus)
        assert done.returncode == 78 and done.stdout == "", (what, done)
        problems = done.stderr.splitlines()
        assert problems[0].startswith(f"{bus.rules}:") and said in problems[0], (what, problems)
        assert problems[-1].startswith("eventbusd: InvalidConfiguration: Everything stays as it was"), (what, problems)
        wait_until(lambda: problems[0] in bus.errors().replace('\\"', '"'), f"{what} in the log")
        assert names(bus) == ["first", "mine"], what
        assert bus.metrics()[SUCCESSFUL] == 0, what
        repair(bus.rules)
        assert reload(bus).returncode == 0, what
        assert bus.metrics()[SUCCESSFUL] == 1, what
    put(bus, n=1)
    bus.wait_idle()
    assert len(bus.log_lines("first")) == 1


def mutated(text, slips):
    """One to three slips of a pen, a disk or an editor."""
    data = bytearray(text.encode())
    for _ in range(slips.randint(1, 3)):
        at, length = slips.randrange(len(data)), slips.randint(1, 20)
        kind = slips.choice(("flip", "cut", "drop", "double", "insert"))
        if kind == "flip":
            data[at] ^= 1 << slips.randrange(8)
        elif kind == "cut":
            del data[max(1, at):]
        elif kind == "drop":
            del data[max(1, at):at + length]
        elif kind == "double":
            data[at:at] = data[at:at + length]
        else:
            data[at:at] = slips.choice((b"{", b"]", b"'", b": ", b"- ", b"\t", b"\0", b"\xff", b"&a", b"${env:X}"))
    return bytes(data)


def test_three_hundred_files_with_slips_leave_the_old_rules_or_are_taken_over_whole(bus):
    slips = random.Random(17)
    refused = 0
    for number in range(300):
        before = names(bus)
        bus.rules.write_bytes(mutated(GOOD + BETTER.partition("\n")[2], slips))
        status, answer = bus.post("/admin/reload", {})
        refused += status == 422
        if status == 422:
            assert answer["Problems"] and names(bus) == before, number
        else:
            assert status == 200 and answer["Rules"]["Total"] == len(names(bus)), (number, answer)
        assert bus.metrics()[SUCCESSFUL] == (1 if status == 200 else 0), number
    assert 100 < refused < 300
    bus.rules.write_text(GOOD)
    assert reload(bus).returncode == 0 and names(bus) == ["first"]


def test_every_problem_of_all_files_is_named_with_its_place(bus):
    bus.config.write_text("rules: [rules.yaml]\nlimits: {conections: 3}\n")
    done = reload(bus)
    assert done.returncode == 78
    assert done.stderr.splitlines()[0].startswith(f"{bus.config}:2:10: /limits/conections: unknown key \"conections\"")

    bus.config.write_text("rules: [rules.yaml, more.yaml]\n")
    (bus.folder / "more.yaml").write_text("Rules: [{Name: bad name, EventPattern: {source: [a]}}]\n")
    bus.rules.write_text("Rules: [{Name: r, EventPatern: {source: [a]}}, {Name: s, EventPattern: {source: [{prefxi: a}]}}]\n")
    status, answer = bus.post("/admin/reload", {})
    assert status == 422 and answer["error"]["code"] == "InvalidConfiguration", answer
    places = [(pathlib.Path(problem["File"]).name, problem["Line"], problem["Pointer"]) for problem in answer["Problems"]]
    assert ("rules.yaml", 1, "/Rules/0/EventPatern") in places, answer
    assert all(problem["Message"] for problem in answer["Problems"])


def test_a_daemon_that_is_not_there_is_said_to_be_so():
    done = subprocess.run([BINARY, "reload", "--url", "http://127.0.0.1:1"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 69 and "cannot reach the daemon" in done.stderr


# ---- signals and the service manager ----

def test_a_hangup_reloads_and_keeps_the_rules_if_they_are_wrong(bus):
    bus.rules.write_text(BETTER)
    bus.process.send_signal(signal.SIGHUP)
    wait_until(lambda: names(bus) == ["second"], "the new rules")
    bus.rules.write_text("Rules: [\n")
    bus.process.send_signal(signal.SIGHUP)
    wait_until(lambda: bus.metrics()[SUCCESSFUL] == 0, "the failure in the metric")
    wait_until(lambda: f"{bus.rules}:2:1: " in bus.errors(), "the problem in the log")
    assert names(bus) == ["second"]
    bus.rules.write_text(GOOD)
    for _ in range(100):
        bus.process.send_signal(signal.SIGHUP)
    wait_until(lambda: names(bus) == ["first"] and bus.metrics()[SUCCESSFUL] == 1, "the good rules")


def test_the_service_manager_hears_of_a_reload_and_how_it_ended(bus, tmp_path):
    assert bus.stop() == 0
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(20)
        bus.environment["NOTIFY_SOCKET"] = address
        bus.start()
        ready = manager.recv(4096).decode()
        for rules, ending in ((BETTER, ""), ("Rules: [\n", "; the last reload failed, see the log"), (GOOD, "")):
            bus.rules.write_text(rules)
            before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            bus.process.send_signal(signal.SIGHUP)
            begun = dict(line.split("=", 1) for line in manager.recv(4096).decode().splitlines())
            assert begun["RELOADING"] == "1" and begun["STATUS"] == "reloading"
            assert before <= int(begun["MONOTONIC_USEC"]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            assert manager.recv(4096).decode() == ready + ending


# ---- in use ----

COLOURED = """\
Rules:
  - Name: all
    EventPattern: {{source: [shop]}}
    Targets: [{{Id: log, Arn: "file:all"}}]
  - Name: {colour}
    EventPattern: {{source: [shop], detail: {{colour: [{colour}]}}}}
    Targets: [{{Id: log, Arn: "file:{colour}"}}]
"""
COLOURS = ("red", "green", "blue")


def put_coloured(bus, stopped):
    """Events until `stopped`; their ids with their colours."""
    sent = {}
    while not stopped.is_set():
        colours = [COLOURS[n % 3] for n in range(9)]
        status, answer = bus.post("/events", {"Entries": [
            {"Source": "shop", "DetailType": "t", "Detail": json.dumps({"colour": colour})} for colour in colours]})
        assert status == 200 and answer["FailedEntryCount"] == 0, answer
        sent.update(zip((entry["EventId"] for entry in answer["Entries"]), colours))
    return sent


def reload_often(bus, seconds):
    """Ten times a second, each time other rules, or none that are any good."""
    versions = [COLOURED.format(colour=colour) for colour in COLOURS] + ["Rules: [\n"]
    statuses = []
    end = time.monotonic() + seconds
    pause = threading.Event()
    for version in itertools.cycle(versions):
        at = time.monotonic()
        if at > end:
            return statuses
        bus.rules.write_text(version)
        statuses.append((version in versions[:3], bus.post("/admin/reload", {})[0]))
        pause.wait(max(0.0, 0.1 - (time.monotonic() - at)))


def test_ten_reloads_a_second_under_load_lose_and_misroute_nothing(bus):
    bus.rules.write_text(COLOURED.format(colour="red"))
    assert reload(bus).returncode == 0
    stopped = threading.Event()
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        loads = [threads.submit(put_coloured, bus, stopped) for _ in range(3)]
        try:
            statuses = reload_often(bus, 6)
        finally:
            stopped.set()
        sent = {}
        for load in loads:
            sent.update(load.result())
    assert len(statuses) > 20 and all(status == (200 if is_good else 422) for is_good, status in statuses), statuses
    bus.wait_idle()
    assert sorted(line["id"] for line in bus.log_lines("all")) == sorted(sent)
    for colour in COLOURS:
        got = [line["id"] for line in bus.log_lines(colour)]
        assert len(set(got)) == len(got) and {sent[event] for event in got} <= {colour}
        assert got, f"no event came while {colour} was wanted"
    assert bus.get("/dlq")[1] == {"DeadLetters": []}


def test_what_a_rule_has_matched_goes_to_its_target_although_the_rule_is_gone(bus, sink):
    sink.answers("/slow", 503)
    hook = GOOD.replace('"file:first"', f'"{sink.url("/slow")}"')
    bus.rules.write_text(hook)
    assert reload(bus).returncode == 0
    put(bus, n=1)
    sink.wait_for("/slow")
    bus.rules.write_text("Rules: []\n")
    assert reload(bus).returncode == 0
    put(bus, n=2)
    sink.answers("/slow", 200)
    bus.wait_idle()
    assert {body["detail"]["n"] for body in sink.bodies("/slow")} == {1}
    assert bus.get("/dlq")[1] == {"DeadLetters": []}


def test_reloads_at_once_take_turns(bus):
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        for answer in [threads.submit(bus.post, "/admin/reload", {}) for _ in range(32)]:
            assert answer.result()[0] == 200
    assert names(bus) == ["first"]
