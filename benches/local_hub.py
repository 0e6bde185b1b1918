"""A hub on a free port of this machine, for the measurements beside this file. SSEHUB_BIN names the binary."""

import os
import re
import subprocess
import tempfile
import time

BINARY = os.environ.get("SSEHUB_BIN", "target/release/ssehub")


class LocalHub:
    def __init__(self, *options):
        self.log = tempfile.NamedTemporaryFile("w+")
        self.process = subprocess.Popen([BINARY, "--listen", "127.0.0.1:0", *options], stderr=self.log)
        for _ in range(200):
            time.sleep(0.05)
            with open(self.log.name) as log:
                found = re.search(r"127\.0\.0\.1:(\d+)", log.read())
            if found:
                self.port = int(found[1])
                return
        raise SystemExit("the server does not start")

    def stop(self):
        self.process.kill()
        self.process.wait()
