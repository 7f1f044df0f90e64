#!/usr/bin/env python3
"""./dev bench: each figure of the daemon beside a ceiling that was measured in the same run, and their ratio.

Machines drift from minute to minute, so only the ratios are worth comparing; runs are interleaved (ceiling, daemon, ceiling,
daemon, …) and the median is shown.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
import harness  # noqa: E402
import scale  # noqa: E402

NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port} backlog=1024; client_max_body_size 8m; client_body_buffer_size 64k;
    location / {{ return 200 ""; }} }} }}
"""
RULE = 'Rules:\n  - Name: all\n    EventPattern: {source: [bench]}\n    Targets:\n      - {Id: t, Arn: "%s"}\n'


def body(entries):
    """One PutEvents request of events of about 600 bytes in the envelope."""
    detail = json.dumps({
        "entity_platform": "hadoop", "entity_type": "table", "entity_status": "UPDATED",
        "src_path": "hdfs:///landing/sales/orders", "tgt_path": "hdfs:///warehouse/sales/orders",
        "tgt_database_name": "sales", "tgt_table_name": "orders", "padding": "x" * 180})
    return json.dumps({"Entries": [
        {"Source": "bench", "DetailType": "TableUpdated.v1", "Detail": detail} for _ in range(entries)]})


class Bench:
    def __init__(self, build, seconds, runs):
        self.build, self.seconds, self.runs = pathlib.Path(build), seconds, runs
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="eventbusd-bench-"))
        harness.BINARY = str(self.build / "eventbusd")
        self.bodies = {}
        for entries in (1, 10):
            self.bodies[entries] = self.folder / f"b{entries}.json"
            self.bodies[entries].write_text(body(entries))

    def program(self, name):
        return str(self.build / "tests" / "bench" / name)

    def daemon(self, name, target=None):
        folder = self.folder / name
        folder.mkdir()
        config = "log: {level: warn}\n"
        if target:
            (folder / "rules.yaml").write_text(RULE % target)
            config += "rules: [rules.yaml]\n"
        return harness.Daemon(folder, config=config).start()

    def serve(self, command, port):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        harness.wait_until(lambda: answers(port), f"{command[0]} on port {port}")
        return process

    def nginx(self, port=None):
        port = port or harness.free_port()
        config = self.folder / "nginx.conf"
        config.write_text(NGINX.format(folder=self.folder, port=port))
        return self.serve(["/usr/sbin/nginx", "-c", str(config), "-e", "stderr"], port), port

    def wrk(self, port, entries, connections, seconds=None):
        """Requests a second."""
        return self.wrk_with_p99(port, entries, connections, seconds)[0]

    def wrk_with_p99(self, port, entries, connections, seconds=None):
        """Requests a second, and the 99th percentile of their latency in ms."""
        done = subprocess.run(
            ["wrk", "-t1", "--latency", f"-c{connections}", f"-d{seconds or self.seconds}s", "-s", str(HERE / "post.lua"),
             f"http://127.0.0.1:{port}/"],
            env={**os.environ, "BODY": str(self.bodies[entries])}, capture_output=True, text=True, check=True)
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
        if bad:
            raise SystemExit(f"the server refused {bad.group(1)} requests\n{done.stdout}")
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout).group(1))
        p99, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", done.stdout).groups()
        return rate, float(p99) * {"us": 0.001, "ms": 1, "s": 1000}[unit]

    def interleaved(self, first, second):
        """The medians of two measurements, taken in turn."""
        pairs = [(first(), second()) for _ in range(self.runs)]
        return tuple(statistics.median(column) for column in zip(*pairs))

    def accept(self):
        """Durable PutEvents without a rule, beside a bare Beast server under the same load."""
        port = harness.free_port()
        bare = self.serve([self.program("http_server_ceiling"), str(port)], port)
        bus = self.daemon("accept")
        for entries, connections in ((1, 64), (10, 32)):
            ceiling, ours = self.interleaved(
                lambda: self.wrk(port, entries, connections) * entries,
                lambda: self.wrk(bus.port, entries, connections) * entries)
            row(f"durable PutEvents, entries a request: {entries}", ours, "events/s", "bare Beast server", ceiling)
        bus.stop()
        bare.terminate()

    def sqlite(self):
        """The journal alone beside SQLite alone; the program measures both."""
        print(subprocess.run([self.program("journal_bench"), str(self.folder), str(self.seconds)], capture_output=True, text=True, check=True).stdout, end="")

    def delivered_rate(self, bus, count):
        """Events a second from the first request until `count()` says that everything accepted has arrived."""
        before = count()
        started = time.monotonic()
        self.wrk(bus.port, 10, 16)
        bus.wait_idle(600)
        return (count() - before) / (time.monotonic() - started)

    def log_file(self):
        bus = self.daemon("log", "file:bench")
        rates = [self.delivered_rate(bus, lambda: bus.metrics()['eventbusd_deliveries_total{outcome="delivered"}'])
                 for _ in range(self.runs)]
        ceiling = self.append_ceiling()
        row("PutEvents to log file, end to end", statistics.median(rates), "events/s", "append and fdatasync alone", ceiling)
        bus.stop()

    def append_ceiling(self):
        """Lines a second with one fdatasync for each 256 lines."""
        line = b"x" * 600 + b"\n"
        rows = 0
        with open(self.folder / "append", "ab", buffering=0) as file:
            started = time.monotonic()
            while time.monotonic() - started < self.seconds:
                file.write(line * 256)
                os.fdatasync(file.fileno())
                rows += 256
            return rows / (time.monotonic() - started)

    def webhook(self):
        nginx, port = self.nginx()
        bus = self.daemon("webhook", f"http://127.0.0.1:{port}/hook")

        def ceiling():
            return float(subprocess.run([self.program("http_client_ceiling"), str(port), "64", str(self.seconds)],
                                        capture_output=True, text=True, check=True).stdout)
        top, ours = self.interleaved(
            ceiling,
            lambda: self.delivered_rate(bus, lambda: bus.metrics()['eventbusd_deliveries_total{outcome="delivered"}']))
        row("PutEvents to webhook, end to end", ours, "deliveries/s", "bare Beast client to nginx", top)
        bus.stop()
        nginx.terminate()

    def latency(self):
        for rate, entries in ((1000, 1), (500, 10)):
            port = harness.free_port()
            bus = self.daemon(f"latency{entries}", f"http://127.0.0.1:{port}/hook")
            done = subprocess.run([self.program("pace"), str(bus.port), str(port), str(rate), str(entries), "3"],
                                  capture_output=True, text=True, check=True)
            received, p50, p99, p999 = (float(word) for word in done.stdout.split())
            print(f"accept to webhook at {rate} requests/s of {entries}: p50 {p50:.2f} ms, p99 {p99:.2f} ms, "
                  f"p99.9 {p999:.2f} ms ({received:.0f} events; one fdatasync alone: {self.fsync_ms():.2f} ms)")
            bus.stop()

    def match(self):
        """Matching beside parsing alone; the program measures both and checks the golden counts."""
        data = self.build / "match-data"
        for kind, path in (("lots", "lots.jsonl"), ("lots-rules", "lots-rules"),
                           ("env", "env.jsonl"), ("env-rules", "env-rules")):
            if not (data / path).exists():
                data.mkdir(exist_ok=True)
                subprocess.run([sys.executable, str(HERE / "gen_events.py"), kind, str(data / path)], check=True)
        subprocess.run(
            [self.program("match_bench"), str(data), f"--benchmark_repetitions={max(self.runs, 5)}",
             "--benchmark_enable_random_interleaving=true"], check=True)

    def backlog(self):
        scale.backlog(self)

    def purge(self):
        scale.purge(self)

    def replay(self):
        scale.replay(self)

    def overload(self):
        scale.overload(self)

    def hostile(self):
        scale.hostile(self)

    def fsync_ms(self):
        """The median of one append of 4 KiB and fdatasync."""
        times = []
        with open(self.folder / "fsync", "ab", buffering=0) as file:
            for _ in range(500):
                started = time.perf_counter()
                file.write(b"x" * 4096)
                os.fdatasync(file.fileno())
                times.append(time.perf_counter() - started)
        return statistics.median(times) * 1000


def answers(port):
    import socket
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def row(what, ours, unit, ceiling_name, ceiling):
    print(f"{what}: {ours:,.0f} {unit}; {ceiling_name}: {ceiling:,.0f}; ratio {ours / ceiling:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("what", nargs="*", help="accept, sqlite, log_file, webhook, latency, match (all these without); backlog, overload, purge, replay, hostile")
    arguments = parser.parse_args()
    bench = Bench(arguments.build, arguments.seconds, arguments.runs)
    for name in arguments.what or ("sqlite", "accept", "log_file", "webhook", "latency", "match"):
        getattr(bench, name)()


if __name__ == "__main__":
    main()
