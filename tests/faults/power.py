"""Power cuts: the file system of the daemon forgets everything that was not synced.

A loop-mounted ext4 is shut down without flushing its log while the daemon is stopped (a sync that races the shutdown could
return success falsely), then mounted anew, as after a reboot. Needs to be root, and a kernel with loop devices.
"""
import contextlib
import fcntl
import os
import pathlib
import random
import signal
import struct
import subprocess
import tempfile
import threading
import time

from world import Failed, World, must, record

EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2
SETTLE_SECONDS = 0.05


def run(*command):
    subprocess.run(command, check=True, capture_output=True)


class Disk:
    """An ext4 in a file, mounted on `self.path`."""

    def __init__(self, folder, megabytes=256):
        self.image = pathlib.Path(folder) / "disk.img"
        self.path = pathlib.Path(folder) / "disk"
        self.path.mkdir()
        with open(self.image, "wb") as file:
            file.truncate(megabytes << 20)
        run("mkfs.ext4", "-q", "-F", str(self.image))
        self.mount()

    def mount(self):
        run("mount", "-o", "loop", str(self.image), str(self.path))

    def unmount(self):
        """Waits until nobody has it any more: a mount namespace that others have made meanwhile keeps it as it is, shut down, for the next mount."""
        unmounted = subprocess.CompletedProcess((), 1)
        for _ in range(300):
            if unmounted.returncode != 0:
                unmounted = subprocess.run(["umount", str(self.path)], capture_output=True, text=True)
            if unmounted.returncode == 0 and not self.is_in_use():
                return
            threading.Event().wait(0.1)
        raise OSError(unmounted.stderr or f"{self.image} is still mounted in another namespace")

    def is_in_use(self):
        return bool(subprocess.run(["losetup", "--associated", str(self.image)], capture_output=True, text=True, check=True).stdout)

    def cut_power(self, flags=NO_LOG_FLUSH):
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, struct.pack("I", flags))
        finally:
            os.close(folder)

    def forget_unsynced(self):
        self.unmount()
        self.mount()


@contextlib.contextmanager
def disk(state, megabytes=256):
    with tempfile.TemporaryDirectory(prefix="eventbusd-disk-", dir=state) as folder:
        mounted = Disk(folder, megabytes)
        try:
            yield mounted
        finally:
            mounted.unmount()


def why_impossible():
    """Why this machine cannot do it, or nothing."""
    if os.geteuid() != 0:
        return "not root"
    try:
        with disk("/var/tmp", 8) as probe:
            probe.cut_power()
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no loop-mounted ext4 that can be shut down: {error}"
    return None


def cut(world, mounted):
    """Everything that was acknowledged up to here is in the ledger; everything that was not synced is gone."""
    world.bus.process.send_signal(signal.SIGSTOP)
    threading.Event().wait(SETTLE_SECONDS)
    mounted.cut_power()
    world.bus.kill()
    mounted.forget_unsynced()


def cuts(build, state, rounds, seed):
    """Cuts on one file system; in every second round nothing could be delivered before, so the store alone has it."""
    started = time.monotonic()
    moments = random.Random(seed)
    with disk(state) as mounted, World(build, mounted.path) as world:
        must(world.start(), "a first start")
        world.start_load()
        for number in range(rounds):
            world.open_sink(number % 2 == 0)
            world.wait_for_acknowledgements()
            threading.Event().wait(moments.uniform(0.05, 0.8))
            cut(world, mounted)
            found = world.integrity()
            must(found == "ok", f"integrity_check: {found}")
            must(world.start(), f"no start after a power cut: {world.bus.errors()}")
        world.open_sink(True)
        result = world.check(crashes=rounds)
        must(world.bus.stop() == 0, f"a clean end: {world.bus.errors()}")
    return record(state, "power cut", rounds, started, seed=seed, integrity="ok", **result)


def control(build, state, rounds, seed):
    """The same with synchronous=NORMAL: the harness must see what that loses, or it would see nothing at all."""
    started = time.monotonic()
    moments = random.Random(seed)
    seen = 0
    for _ in range(rounds):
        with disk(state) as mounted, World(build, mounted.path) as world:
            must(world.start(EVENTBUSD_SYNCHRONOUS="normal"), "a first start")
            world.open_sink(False)
            world.start_load()
            world.wait_for_acknowledgements()
            threading.Event().wait(moments.uniform(0.2, 1))
            cut(world, mounted)
            world.open_sink(True)
            try:
                must(world.start(), "no start after a power cut")
                world.check(crashes=1)
            except Failed:
                seen += 1
    must(seen > 0, "the control lost nothing: the harness cannot see loss")
    return record(state, "power cut, control", rounds, started, seed=seed, control_lost=seen)
