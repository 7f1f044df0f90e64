"""Many daemons are started on one data folder at once: one lives, the others go at once, and touch nothing."""
import hashlib
import subprocess
import tempfile
import threading
import time

import harness
from world import must, record

STARTS = 20
IN_USE = 75
# From the start of the process to its end, beside one that says its version and no more.
REFUSAL_SECONDS = 0.1
# Twenty of them share the machine, so only one that is alone is held to REFUSAL_SECONDS.
CROWD_SECONDS = 5


class Start:
    def __init__(self, build, data):
        self.begun = time.monotonic()
        self.process = subprocess.Popen([build / "eventbusd", "serve", "--listen", "127.0.0.1:0", "--data", data],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.seconds = None
        self.waiter = threading.Thread(target=self._wait, daemon=True)
        self.waiter.start()

    def _wait(self):
        self.process.wait()
        self.seconds = time.monotonic() - self.begun

    def is_refused(self, holder):
        """Whether it said what it has to, by then."""
        self.waiter.join(CROWD_SECONDS)
        words = self.process.stderr.read()
        must(self.process.returncode == IN_USE, f"one of the others ended with {self.process.returncode}: {words}")
        must(f"in use by process {holder}," in words, f"it should have named {holder}: {words}")
        self.close()

    def close(self):
        self.process.stdout.close()
        self.process.stderr.close()


def content(data):
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(data.iterdir()) if file.is_file() and file.suffix != ".db-shm"}


def crowd_once(build, data, is_killed):
    """Gives the seconds that a further one took to be refused."""
    starts = [Start(build, data) for _ in range(STARTS)]
    try:
        harness.wait_until(lambda: sum(start.seconds is not None for start in starts) >= STARTS - 1, "the end of all but one", CROWD_SECONDS)
        alive = [start for start in starts if start.process.poll() is None]
        must(len(alive) == 1, f"{len(alive)} daemons live")
        must(harness.LISTENING.search(alive[0].process.stdout.readline()), "the one that lives serves")
        for start in starts:
            if start is not alive[0]:
                start.is_refused(alive[0].process.pid)
        before = content(data)
        late = min(refuse_one(build, data, alive[0].process.pid) for _ in range(3))
        must(content(data) == before, "who is refused changed something in the folder")
        must(late <= REFUSAL_SECONDS, f"refused only after {late * 1000:.0f} ms")
        if is_killed:
            alive[0].process.kill()
        else:
            alive[0].process.terminate()
            must(alive[0].process.wait(40) == 0, "a clean end")
        return late
    finally:
        for start in starts:
            start.process.kill()
            start.process.wait()
            start.close()


def refuse_one(build, data, holder):
    begun = time.monotonic()
    subprocess.run([build / "eventbusd", "--version"], check=True, capture_output=True)
    start = time.monotonic() - begun
    late = Start(build, data)
    late.is_refused(holder)
    return late.seconds - start


def starts(build, state, rounds, seed):
    started = time.monotonic()
    slowest = 0.0
    with tempfile.TemporaryDirectory(prefix="eventbusd-faults-", dir=state) as folder:
        data = harness.pathlib.Path(folder) / "data"
        for number in range(rounds):
            slowest = max(slowest, crowd_once(build, data, number % 2 == 0))
    return record(state, "double start", rounds, started, seed=seed, starts=STARTS, slowest=round(slowest, 3))
