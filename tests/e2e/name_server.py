"""A name server of a test's own. What a name gets is in its beginning: "dead" no answer, "missing" NXDOMAIN, "broken"
SERVFAIL, "circle" an alias of itself, "many" a thousand addresses where nobody listens, all others 127.0.0.1."""
import pathlib
import shlex
import socket
import struct
import subprocess
import threading

import harness

ADDRESS = "127.53.53.53"
ADDRESS_QUERY = 1  # TYPE A
DATAGRAM_MAX = 512


class NameServer:
    """Raises OSError where nobody may listen on port 53."""

    def __init__(self):
        self.asked = []  # names, in the order of the queries for IPv4 addresses
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self.socket.bind((ADDRESS, 53))
        except OSError:
            self.socket.close()
            raise
        self.listening = socket.create_server((ADDRESS, 53))
        self.threads = [threading.Thread(target=serve) for serve in (self._serve, self._serve_long_answers)]
        for thread in self.threads:
            thread.start()

    def _serve(self):
        while True:
            query, caller = self.socket.recvfrom(512)
            if not query:
                return  # close() says so
            answer = self._answer(query)
            if answer is None:
                continue
            if len(answer) > DATAGRAM_MAX:
                answer = answer[:2] + struct.pack(">5H", 0x8380, 1, 0, 0, 0) + query[12:]  # cut: ask over TCP
            self.socket.sendto(answer, caller)

    def _serve_long_answers(self):
        while True:
            try:
                peer, _ = self.listening.accept()
            except OSError:
                return  # closed
            with peer, peer.makefile("rb") as queries:
                while len(size := queries.read(2)) == 2:
                    answer = self._answer(queries.read(struct.unpack(">H", size)[0]))
                    peer.sendall(struct.pack(">H", len(answer)) + answer)

    def _answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        question = query[12:at + 5]
        wanted = struct.unpack(">H", query[at + 1:at + 3])[0]
        if wanted == ADDRESS_QUERY:
            self.asked.append(".".join(labels))
        kind = labels[0]
        if kind.startswith("dead"):
            return None
        code = 3 if kind.startswith("missing") else 2 if kind.startswith("broken") else 0
        records = []
        if kind.startswith("circle"):
            records = [struct.pack(">HHIH", 5, 1, 30, 2) + b"\xc0\x0c"]
        elif wanted == ADDRESS_QUERY and code == 0:
            addresses = [(127, 99, n // 250, 1 + n % 250) for n in range(1000)] if kind.startswith("many") else [(127, 0, 0, 1)]
            ttl = 0 if kind.startswith("brief") else 30
            records = [struct.pack(">HHIH4B", ADDRESS_QUERY, 1, ttl, 4, *address) for address in addresses]
        head = query[:2] + struct.pack(">5H", 0x8180 | code, 1, len(records), 0, 0)
        return head + question + b"".join(b"\xc0\x0c" + record for record in records)

    def close(self):
        self.socket.sendto(b"", self.socket.getsockname())
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        for thread in self.threads:
            thread.join()
        self.socket.close()


class Resolution:
    """A program in a mount namespace of its own, where /etc/resolv.conf is the test's and can be changed."""

    def __init__(self, folder):
        self.file = pathlib.Path(folder) / "resolv.conf"
        hosts_first = pathlib.Path(folder) / "nsswitch.conf"
        hosts_first.write_text("hosts: files dns\n")
        self.each_try_takes(1)
        self.binds = (f"mount --bind {shlex.quote(str(self.file))} /etc/resolv.conf && "
                      f"{{ [ ! -e /etc/nsswitch.conf ] || mount --bind {shlex.quote(str(hosts_first))} /etc/nsswitch.conf; }}")
        inside = f'{self.binds} && exec {shlex.quote(str(harness.BINARY))} "$@"'
        self.program = pathlib.Path(folder) / "eventbusd-with-resolv-conf"
        self.program.write_text(f'#!/bin/sh\nexec unshare --mount sh -c {shlex.quote(inside)} sh "$@"\n')
        self.program.chmod(0o755)

    def each_try_takes(self, seconds):
        """How long a look-up that nobody answers lasts, from the next one on."""
        self.file.write_text(f"nameserver {ADDRESS}\noptions timeout:{seconds} attempts:1\n")

    def problem(self):
        """Why this cannot be had here, if it cannot."""
        done = subprocess.run(["unshare", "--mount", "sh", "-c", self.binds], capture_output=True, text=True, timeout=30)
        return None if done.returncode == 0 else done.stderr.strip() or f"status {done.returncode}"
