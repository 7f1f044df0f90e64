"""What the end-to-end tests are made of: real daemons, a webhook sink, real clients. Everything on loopback and free ports."""
import contextlib
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = os.environ.get("EVENTBUSD_BINARY", str(ROOT / "build" / "eventbusd"))
LISTENING = re.compile(r"listening on (https?://\S+:(\d+))")
START_SECONDS = 30


def wait_until(condition, what, seconds=20):
    """Polls `condition` until it gives something true, and gives that; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        pause.wait(0.02)


class Daemon:
    """One eventbusd on a port of its own. `port=0` takes a free one; a restart keeps it."""

    def __init__(self, folder, config=None, flags=(), environment=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = self.folder / "data"
        self.config = None
        if config is not None:
            self.config = self.folder / "eventbusd.yaml"
            self.config.write_text(config)
        self.flags = list(flags)
        self.environment = {**os.environ, **(environment or {})}
        self.port = 0
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self, binary=None):
        command = [binary or BINARY, "serve", "--listen", f"127.0.0.1:{self.port}", "--data", str(self.data)]
        if self.config:
            command += ["--config", str(self.config)]
        self.log = open(self.folder / "stderr.log", "ab")
        self.process = subprocess.Popen(
            command + self.flags, stdout=subprocess.PIPE, stderr=self.log, text=True, env=self.environment)
        line = self.process.stdout.readline()
        found = LISTENING.search(line)
        if not found:
            self.process.wait(START_SECONDS)
            raise AssertionError(f"the daemon did not start: {line!r}\n{self.errors()}")
        self.port = int(found.group(2))
        return self

    def errors(self):
        return (self.folder / "stderr.log").read_text(errors="replace")[-8000:]

    def kill(self):
        if self.process:
            self.process.kill()
            self._reap()

    def stop(self, seconds=40):
        """SIGTERM; gives the exit status."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self._reap(seconds)

    def _reap(self, seconds=40):
        if not self.process:
            return None
        status = self.process.wait(seconds)
        self.process.stdout.close()
        self.log.close()
        self.process = None
        return status

    def get(self, path):
        return request(self.url + path)

    def post(self, path, body, headers=None):
        return request(self.url + path, body, headers)

    def call(self, operation, **body):
        """An AWS JSON call without a client library."""
        return self.post("/", body, {"X-Amz-Target": f"AWSEvents.{operation}",
                                     "Content-Type": "application/x-amz-json-1.1"})

    def metrics(self):
        status, text = self.get("/metrics")
        assert status == 200, text
        return metrics_of(text)

    def wait_idle(self, seconds=30):
        """Until nothing is owed any more."""
        wait_until(lambda: self.metrics()["eventbusd_deliveries_backlog"] == 0, "an empty backlog", seconds)

    def log_lines(self, name):
        """The lines of a log-file target, rotated files first; every one must be a whole JSON document."""
        lines = []
        folder = self.data / "logs"
        for file in sorted(folder.glob(f"{name}.*.log")) + [folder / f"{name}.log"]:
            if file.exists():
                text = file.read_text()
                assert text == "" or text.endswith("\n"), f"{file} ends in a torn line"
                lines += [json.loads(line) for line in text.splitlines()]
        return lines


def metrics_of(page):
    """{name with its labels: value}"""
    lines = (line.rsplit(" ", 1) for line in page.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def request(url, body=None, headers=None, timeout=20):
    """(status, JSON or text) of one exchange."""
    data = None
    if body is not None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **(headers or {})}
    message = urllib.request.Request(url, data=data, headers=headers)
    try:
        with urllib.request.urlopen(message, timeout=timeout) as answer:
            return answer.status, decode(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, decode(error)


def decode(answer):
    text = answer.read().decode()
    return json.loads(text) if "json" in (answer.headers.get("Content-Type") or "") else text


class Sink:
    """A webhook receiver that keeps what it gets. `answers(path, status)` makes one path answer otherwise; while `gate`
    is cleared, nothing is answered."""

    def __init__(self):
        sink = self
        self.received = []  # (path, headers, body text)
        self.statuses = {}
        self.gate = threading.Event()
        self.gate.set()
        self.changed = threading.Condition()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                with sink.changed:
                    status = sink.statuses.get(self.path, 200)
                    sink.received.append((self.path, dict(self.headers), body))
                    sink.changed.notify_all()
                sink.gate.wait()
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_):
                pass  # a daemon that was killed in the middle of a request is what these tests are about

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"

    def answers(self, path, status):
        with self.changed:
            self.statuses[path] = status

    def bodies(self, path):
        with self.changed:
            return [json.loads(body) for got, _, body in self.received if got == path]

    def wait_for(self, path, count=1, seconds=20):
        """The bodies that came to `path`, once there are `count` of them."""
        wait_until(lambda: len(self.bodies(path)) >= count, f"{count} requests to {path}", seconds)
        return self.bodies(path)

    def close(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()


def sample(name, **replacements):
    """The text of a file under config/samples with fixed addresses replaced by the test's."""
    text = (ROOT / "config" / "samples" / name).read_text()
    for old, new in replacements.values():
        assert old in text, f"{name} does not mention {old}"
        text = text.replace(old, new)
    return text


def aws_environment(account="000000000000", region="us-east-1"):
    """What makes an unchanged AWS client talk to us: any secret will do while signatures are not checked."""
    return {**os.environ, "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": region, "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "",
            "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def events_client(daemon, account="000000000000", region="us-east-1"):
    import boto3
    import botocore.config
    session = boto3.session.Session(aws_access_key_id=account, aws_secret_access_key="any", region_name=region)
    return session.client("events", endpoint_url=daemon.url,
                          config=botocore.config.Config(retries={"max_attempts": 1}, read_timeout=30))


def aws(daemon, *arguments, account="000000000000"):
    """`aws events …` as a person types it; gives the JSON answer."""
    done = subprocess.run(
        ["/usr/bin/aws", "--endpoint-url", daemon.url, "--output", "json", "events", *arguments],
        env=aws_environment(account), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else {}


@contextlib.contextmanager
def temp_folder():
    folder = tempfile.mkdtemp(prefix="eventbusd-e2e-")
    try:
        yield pathlib.Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
