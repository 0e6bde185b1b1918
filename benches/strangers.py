#!/usr/bin/env python3
"""How much memory strangers make the hub hold: bodies that do not end, and readers that do not read.

usage: benches/strangers.py       SSEHUB_BIN names the binary

Loopback only. 60 and then 1,000 strangers, each with a connection of its own, without a credential. The figures are
MiB that are resident: before, at most, and three seconds after they have gone. Takes less than two minutes.
"""

import http.client
import re
import socket
import time

from local_hub import LocalHub

STRANGERS = [60, 1_000]
BODY = 1_000_000  # bytes that each body announces, nearly all of which come
EVENTS = 120  # of a megabyte each, for those who do not read
SETTLE = 3  # seconds


class Hub(LocalHub):
    def resident(self, what="VmRSS"):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(what + r":\s+(\d+)", status.read())[1]) / 1024

    def connect(self):
        stranger = socket.socket()
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        stranger.connect(("127.0.0.1", self.port))
        return stranger


def send_body(server):
    """Sends a body but for its end, as far as it is taken."""
    stranger = server.connect()
    stranger.sendall(f"POST /events/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: {BODY}\r\n\r\n".encode())
    stranger.settimeout(0.05)
    try:
        stranger.sendall(b"x" * (BODY - 1_000))
    except OSError:
        pass
    return stranger


def subscribe(server):
    stranger = server.connect()
    stranger.sendall(b"GET /events/heavy HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return stranger


def publish(server):
    for _ in range(EVENTS):
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        client.request("POST", "/events/heavy", b"x" * 1_000_000)
        client.getresponse().read()
        client.close()


for name, come, then in [("bodies", send_body, None), ("readers", subscribe, publish)]:
    for count in STRANGERS:
        server = Hub()
        try:
            before = server.resident()
            strangers = [come(server) for _ in range(count)]
            if then:
                then(server)
            time.sleep(1)
            most = server.resident("VmHWM")
            for stranger in strangers:
                stranger.close()
            time.sleep(SETTLE)
            figures = f"{before:6.1f} before {most:7.1f} at most {server.resident():6.1f} after"
            print(f"{count:5} {name:8}{figures}")
        finally:
            server.stop()
