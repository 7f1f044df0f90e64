"""The key that the store's secrets are sealed with: made once, checked at each start, never guessed."""
import base64
import stat
import subprocess

import harness


def refused(folder, *flags, environment=None):
    """What a daemon that cannot use its key says; it must not have served anybody."""
    command = [harness.BINARY, "serve", "--listen", "127.0.0.1:0", "--data", str(folder), *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30,
                          env={**harness.os.environ, **(environment or {})})
    assert done.returncode == 78, done.stderr
    assert done.stdout == ""
    return done.stderr


def write_key(file, content, mode=0o400):
    file.write_bytes(content)
    file.chmod(mode)
    return str(file)


def test_the_first_run_makes_a_key_and_says_so(start):
    bus = start()
    key = bus.data / "master.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(base64.b64decode(key.read_text())) == 32
    assert "a master key was made" in bus.errors() and str(key) in bus.errors()
    assert key.read_text().strip() not in bus.errors()
    before = key.read_text()
    bus.stop()
    bus.start()
    assert key.read_text() == before
    assert bus.errors().count("a master key was made") == 1


def test_a_lost_or_wrong_key_is_told_apart_from_a_first_run(start, tmp_path):
    bus = start()
    bus.stop()
    key = bus.data / "master.key"
    right = key.read_bytes()
    key.unlink()
    said = refused(bus.data)
    assert "there is no such file, and the store holds secrets that only it can open" in said
    assert not key.exists()
    write_key(key, base64.b64encode(b"x" * 32))
    assert "sealed with another key than this one" in refused(bus.data)
    key.unlink()
    elsewhere = write_key(tmp_path / "elsewhere", right)
    bus.flags = ["--master-key-file", elsewhere]
    bus.start()
    assert bus.get("/readyz")[0] == 200


def test_what_is_wrong_with_a_key_is_said_before_anything_is_served(tmp_path):
    good = b"k" * 32
    data = tmp_path / "data"
    cases = (
        (str(tmp_path / "missing"), "there is no such file; secrets.master_key_file names it"),
        (write_key(tmp_path / "short", b"c2hvcnQ="), "expected 32 bytes, or base64 of 32 bytes on one line, found base64 of 5 bytes"),
        (write_key(tmp_path / "open", good, 0o644), "the file has mode 0644, so that others can use it; chmod 0400"),
    )
    for file, message in cases:
        said = refused(data, "--master-key-file", file)
        assert message in said and file in said, said
    said = refused(data, environment={"EVENTBUSD_SECRETS__MASTER_KEY_ENV": "THE_KEY"})
    assert "the variable is not set" in said and "THE_KEY" in said


def test_the_key_may_come_from_the_environment_or_from_the_service_manager(start, tmp_path):
    key = base64.b64encode(b"k" * 32)
    bus = start("a", environment={"EVENTBUSD_SECRETS__MASTER_KEY_ENV": "THE_KEY", "THE_KEY": key.decode()})
    assert not (bus.data / "master.key").exists()
    write_key(tmp_path / "master.key", key)
    bus = start("b", environment={"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert not (bus.data / "master.key").exists()
