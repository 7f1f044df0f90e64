"""Runs AWS command lines in one process, as starting one for each takes a second: a JSON list of arguments on each line of the
input, a JSON object {status, out, err} on each line of the output. Debian's awscli does all the rest as it always does."""
import contextlib
import io
import json
import sys

import awscli.clidriver


class Capture(io.TextIOWrapper):
    def __init__(self):
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def text(self):
        return self.buffer.getvalue().decode()


for line in sys.stdin:
    out, err = Capture(), Capture()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = awscli.clidriver.create_clidriver().main(json.loads(line))
        except SystemExit as end:
            status = end.code
    print(json.dumps({"status": status, "out": out.text(), "err": err.text()}), flush=True)
