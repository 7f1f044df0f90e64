"""What an operator does with a data folder and a service manager: backup, restore, doctor, readiness, watchdog, drain."""
import json
import os
import pathlib
import signal
import socket
import subprocess

from harness import BINARY, wait_until

RULE = """
Rules:
  - Name: hook
    EventPattern: {source: [care]}
    Targets:
      - {Id: hook, Arn: "%s"}
"""


def run(*arguments):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=60)


def put(daemon, count):
    status, text = daemon.post("/events", {"Entries": [
        {"Source": "care", "DetailType": "t", "Detail": json.dumps({"n": n})} for n in range(count)]})
    assert status == 200, text
    return {entry["EventId"] for entry in text["Entries"]}


def with_rule(tmp_path, url):
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULE % url)
    return f"rules: [{rules}]\ndelivery: {{retry_base: 10ms, retry_cap: 50ms}}\n"


def test_a_backup_of_a_running_daemon_restores_what_it_owed(tmp_path, start, sink):
    sink.answers("/hook", 503)
    daemon = start(config=with_rule(tmp_path, sink.url("/hook")))
    owed = put(daemon, 5)
    status, made = daemon.post("/admin/backup", {})
    assert status == 200, made
    backup = pathlib.Path(made["File"])
    assert backup.parent == daemon.data / "backup"
    assert backup.stat().st_size == made["Bytes"]

    refused = run("restore", "--from", backup, "--data", daemon.data, "--replace")
    assert refused.returncode == 75, refused.stderr
    assert f"process {daemon.process.pid}" in refused.stderr
    running = run("doctor", "--data", daemon.data)
    assert f"In use by process {daemon.process.pid}" in running.stdout
    assert running.returncode == 0, running.stdout

    later = put(daemon, 3)
    daemon.kill()
    assert run("restore", "--from", backup, "--data", daemon.data).returncode == 78
    restored = run("restore", "--from", backup, "--data", daemon.data, "--replace")
    assert restored.returncode == 0, restored.stderr
    assert "is now" in restored.stdout
    sound = run("doctor", "--data", daemon.data)
    assert sound.returncode == 0, sound.stdout
    assert "5 owed deliveries" in sound.stdout

    sink.received.clear()
    sink.answers("/hook", 200)
    daemon.start()
    daemon.wait_idle()
    delivered = {body["id"] for body in sink.bodies("/hook")}
    assert owed <= delivered
    assert not later & delivered


def test_the_backup_command_moves_the_copy_where_it_is_wanted(tmp_path, start):
    daemon = start()
    put(daemon, 3)
    wanted = tmp_path / "monday.db"
    made = run("backup", "--url", daemon.url, "--to", wanted)
    assert made.returncode == 0, made.stderr
    assert made.stdout == f"{wanted} ({wanted.stat().st_size} bytes)\n"
    assert list((daemon.data / "backup").iterdir()) == []
    made = {run("backup", "--url", daemon.url).stdout for _ in range(3)}  # within a second, most likely
    assert len(made) == 3 and all(line.startswith(str(daemon.data / "backup")) for line in made), made
    for file in (daemon.data / "backup").iterdir():
        file.unlink()
    refused = run("backup", "--url", daemon.url, "--to", wanted)
    assert refused.returncode == 74, refused.stderr
    assert "exists" in refused.stderr and len(list((daemon.data / "backup").iterdir())) == 1


def test_doctor_finds_damage_and_says_what_to_do(tmp_path, start):
    daemon = start()
    put(daemon, 10)
    assert daemon.stop() == 0
    database = daemon.data / "eventbusd.db"
    whole = database.read_bytes()
    database.write_bytes(whole[:8192] + b"\xff" * 4096 + whole[12288:])
    found = run("doctor", "--data", daemon.data)
    assert found.returncode == 1, found.stdout
    assert "PROBLEM" in found.stdout and "recover" in found.stdout


def test_the_service_manager_hears_of_readiness_of_life_and_of_the_end(tmp_path, start):
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(20)
        daemon = start(environment={"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "300000"})
        heard = manager.recv(4096).decode()
        assert heard.startswith("READY=1\nSTATUS=serving on http://127.0.0.1:"), heard
        for _ in range(3):
            assert manager.recv(4096) == b"WATCHDOG=1"
        daemon.process.send_signal(signal.SIGTERM)
        while True:
            heard = manager.recv(4096)
            if heard != b"WATCHDOG=1":
                break
        assert heard.startswith(b"STOPPING=1"), heard
        assert daemon.process.wait(40) == 0


def test_a_daemon_that_is_stopped_gets_no_heartbeat_out(tmp_path, start):
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(20)
        daemon = start(environment={"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "300000"})
        while manager.recv(4096) != b"WATCHDOG=1":
            pass
        os.kill(daemon.process.pid, signal.SIGSTOP)
        manager.settimeout(1)
        try:
            while True:  # what was under way
                manager.recv(4096)
        except TimeoutError:
            pass
        os.kill(daemon.process.pid, signal.SIGCONT)
        manager.settimeout(20)
        assert manager.recv(4096) == b"WATCHDOG=1"


def test_a_drain_delivers_what_is_in_flight_once_and_leaves_no_log(tmp_path, start, sink):
    daemon = start(config=with_rule(tmp_path, sink.url("/hook")))
    sink.gate.clear()
    ids = put(daemon, 8)
    sink.wait_for("/hook", 8)
    daemon.process.send_signal(signal.SIGTERM)
    wait_until(lambda: "draining" in daemon.errors(), "the drain")
    sink.gate.set()
    assert daemon.process.wait(35) == 0
    assert not (daemon.data / "eventbusd.db-wal").exists()
    daemon.start()
    daemon.wait_idle()
    assert sorted(body["id"] for body in sink.bodies("/hook")) == sorted(ids)


def test_a_second_signal_ends_the_daemon_at_once_and_loses_nothing(tmp_path, start, sink):
    daemon = start(config=with_rule(tmp_path, sink.url("/hook")))
    sink.gate.clear()
    ids = put(daemon, 8)
    sink.wait_for("/hook", 8)
    daemon.process.send_signal(signal.SIGTERM)
    wait_until(lambda: "draining" in daemon.errors(), "the drain")
    assert daemon.stop(seconds=2) == 1
    sink.gate.set()
    daemon.start()
    daemon.wait_idle()
    assert {body["id"] for body in sink.bodies("/hook")} == ids
