"""Targets that hang, never end or reset. As a program: serves until it is killed, and prints its port."""
import asyncio
import threading


# Line breaks, terminal control, a script, text turned around, bytes that are no UTF-8, a secret of the caller.
SCRIBBLE = (b"one\r\ntwo\x1b[31m\x1b]0;title\x07<script>alert(1)</script>" + "\u202eesrever\u009b2J".encode() +
            b"\xff\xfe\xc0\xaf\x00 the-key-of-the-caller")


class HostileTargets:
    """One event loop that serves: /hang accepts and never answers, /endless sends a body for ever, /reset resets,
    /scribble answers 400 with a body that is meant for the terminal of whoever reads it."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        self.ready.wait()

    def _run(self):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        self.loop.run_forever()
        server.close()
        calls = asyncio.all_tasks(self.loop)
        for call in calls:
            call.cancel()
        self.loop.run_until_complete(asyncio.gather(*calls, return_exceptions=True))
        self.loop.close()

    async def _serve(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if b"/reset" in head:
                writer.transport.abort()
                return
            if b"/scribble" in head:
                head = b"HTTP/1.1 400 No\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(SCRIBBLE)
                writer.write(head + SCRIBBLE)
            elif b"/endless" in head:
                writer.write(b"HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n")
                while True:
                    writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
                    await writer.drain()
                    await asyncio.sleep(0.05)
            while await reader.read(65536):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()


if __name__ == "__main__":
    targets = HostileTargets()
    print(targets.port, flush=True)
    targets.thread.join()
