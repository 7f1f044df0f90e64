"""Node programs with packages from npm. CI has neither Node nor a registry, so what needs them is skipped there; `./dev test --js` insists."""
import fcntl
import os
import pathlib
import shutil
import subprocess

import harness
import pytest

SOURCES = harness.ROOT / "tests" / "js"
FOLDER = pathlib.Path(os.environ.get("EVENTBUSD_JS_FOLDER", harness.ROOT / "build" / "js"))
IS_REQUIRED = os.environ.get("EVENTBUSD_JS") == "required"


def do_without(reason):
    if IS_REQUIRED:
        pytest.fail(reason)
    pytest.skip(f"{reason}; ./dev test --js makes this a failure")


def install():
    """The packages of tests/js/package-lock.json in the build folder, and the programs beside them."""
    for tool in ("node", "npm"):
        if not shutil.which(tool):
            do_without(f"{tool} is not installed")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / ".lock", "w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        install_packages()
        for program in SOURCES.glob("*.mjs"):
            shutil.copy(program, FOLDER)


def install_packages():
    lock = (SOURCES / "package-lock.json").read_text()
    installed = FOLDER / "installed-lock.json"
    if not installed.exists() or installed.read_text() != lock:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(SOURCES / name, FOLDER)
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=FOLDER, capture_output=True, text=True, timeout=240)
        if done.returncode != 0:
            do_without(f"npm cannot install the packages of tests/js: {done.stderr[-500:]}")
        installed.write_text(lock)


def run(program, *arguments, text=""):
    """Runs a program of tests/js to its end, with `text` on standard input; gives what it printed."""
    install()
    done = subprocess.run(["node", program, *arguments], cwd=FOLDER, input=text, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
