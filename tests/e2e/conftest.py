import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import harness


@pytest.fixture
def sink():
    it = harness.Sink()
    yield it
    it.close()


@pytest.fixture
def start(tmp_path):
    """start(name, config=…): a running daemon, stopped at the end of the test; it must then end cleanly."""
    daemons = []

    def begin(name="bus", **options):
        daemon = harness.Daemon(tmp_path / name, **options).start()
        daemons.append(daemon)
        return daemon

    yield begin
    statuses = {daemon.folder.name: (daemon.stop(), daemon) for daemon in daemons if daemon.process}
    for name, (status, daemon) in statuses.items():
        assert status == 0, f"{name} ended with {status}\n{daemon.errors()}"
