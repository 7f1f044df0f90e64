"""A name server of a test's own: names that begin with "dead" get no answer, all others lead to 127.0.0.1."""
import pathlib
import shlex
import socket
import struct
import subprocess
import threading

import harness

ADDRESS = "127.53.53.53"
ADDRESS_QUERY = 1  # TYPE A


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
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self):
        while True:
            query, caller = self.socket.recvfrom(512)
            if not query:
                return  # close() says so
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode())
                at += 1 + query[at]
            question = query[12:at + 5]
            wanted = struct.unpack(">H", query[at + 1:at + 3])[0]
            if wanted == ADDRESS_QUERY:
                self.asked.append(".".join(labels))
            if labels[0].startswith("dead"):
                continue
            records = b"\xc0\x0c" + struct.pack(">HHIH4B", 1, 1, 30, 4, 127, 0, 0, 1) if wanted == ADDRESS_QUERY else b""
            head = query[:2] + struct.pack(">5H", 0x8180, 1, 1 if records else 0, 0, 0)
            self.socket.sendto(head + question + records, caller)

    def close(self):
        self.socket.sendto(b"", self.socket.getsockname())
        self.thread.join()
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
