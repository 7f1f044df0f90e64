"""The README is true: `./dev run` does what it says, and every other command of the README works against that daemon."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest
from harness import ROOT, wait_until

README = (ROOT / "README.md").read_text()
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
# Commands that this very run is made by, or that need minutes; CI runs them (see .ci/run).
RUN_BY_CI = re.compile(r"^\./dev (test|bench|format)\b")
URL = "http://127.0.0.1:8700"
STARTED_SECONDS = 600  # the first build of all


def commands():
    """Every shell block of the README, with the output that the README shows after it, if it shows any."""
    blocks = BLOCK.findall(README)
    for (language, text), following in zip(blocks, blocks[1:] + [("", "")]):
        if language == "sh":
            yield text, following[1] if following[0] == "text" else None


@pytest.fixture(scope="module")
def dev_run(tmp_path_factory):
    """`./dev run` as a newcomer starts it; gives what it printed."""
    shutil.rmtree(ROOT / "var", ignore_errors=True)
    out = tmp_path_factory.mktemp("dev") / "out"
    with open(out, "w") as file:
        process = subprocess.Popen([ROOT / "dev", "run"], stdout=file, stderr=subprocess.STDOUT,
                                   stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_until(lambda: "Ctrl-C stops it" in out.read_text() or process.poll() is not None,
                   "the greeting of ./dev run", STARTED_SECONDS)
        assert process.poll() is None, out.read_text()
        yield out.read_text()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(60)


def shell(command):
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=ROOT, capture_output=True, text=True,
                          timeout=120, env={**os.environ, "PATH": f"/usr/bin:{ROOT}/build:" + os.environ["PATH"],
                                            "AWS_PAGER": "", "AWS_CONFIG_FILE": os.devnull})
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_three_lines_of_dev_run_work(dev_run):
    lines = [line.strip() for line in dev_run.splitlines() if line.startswith("  ")]
    curl, aws, tail = lines
    assert '"FailedEntryCount":0' in shell(curl).replace(" ", "")
    assert '"FailedEntryCount":0' in shell(aws).replace(" ", "")
    log = pathlib.Path(ROOT / tail.split()[-1])
    wait_until(lambda: log.exists() and log.read_text().count("\n") == 2, "both events in the log file")
    assert tail.startswith("tail -f ")


def test_every_command_of_the_readme_works_and_prints_what_it_shows(dev_run):
    ran = 0
    for command, shown in commands():
        lines = [line for line in command.splitlines() if line and not line.startswith("#")]
        if all(RUN_BY_CI.match(line) for line in lines) or lines == ["./dev run"]:
            continue
        deadline = time.monotonic() + 10
        while True:  # a command may show what arrives a moment later
            output = shell(command)
            if shown is None or same(shown, output) or time.monotonic() > deadline:
                break
        assert shown is None or same(shown, output), f"{command}\nshows\n{shown}\nbut printed\n{output}"
        ran += 1
    assert ran > 0


def same(shown, output):
    """Equal up to white space, ids and times; "…" in what is shown stands for anything."""
    pattern = re.escape(" ".join(shown.split())).replace("…", ".*")
    return re.fullmatch(pattern, " ".join(output.split()), re.S) is not None


def test_commands_that_are_not_run_here_are_run_by_ci():
    script = (ROOT / ".ci" / "run").read_text()
    for command, _ in commands():
        for line in command.splitlines():
            if line.startswith("./dev test"):
                assert line.split("#")[0].strip() in script
