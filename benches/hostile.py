#!/usr/bin/env python3
"""How long another client waits for /healthz while a stranger sends one request that is made to cost much.

usage: benches/hostile.py [ROUNDS [WORD]]       SSEHUB_BIN names the binary, WORD is in the names of the requests

Loopback only. Each request has at most 1 MiB, is sent to a hub whose log in memory holds 10,000 events on as
many topics, and ends by itself. The figure is the longest wait in milliseconds: the median of the rounds.
Ends with 1 if a request makes it longer by more than 20 ms. Takes less than two minutes.
"""

import http.client
import json
import socket
import statistics
import sys
import threading
import time

from local_hub import LocalHub

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 3
EVENTS = 10_000  # in the log
LINES = 500  # in one body
BAR = 20.0  # milliseconds
SECONDS = 1.5  # in which a request is watched
PAUSE = 0.002  # seconds between two questions
LONGEST = 10  # seconds that an answer is waited for
FORM = "application/x-www-form-urlencoded"
HUB = "/.well-known/mercure"


class Hub(LocalHub):
    def publish(self, first, count):
        lines = (
            json.dumps({"topic": f"orders/{number}/items", "data": "x"})
            for number in range(first, first + count)
        )
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        head = {"Content-Type": "application/x-ndjson"}
        client.request("POST", "/events", "\n".join(lines) + "\n", head)
        status = client.getresponse().status
        assert status == 200, status
        client.close()


def worst_wait(port, seconds):
    """The longest wait for /healthz, in milliseconds; no longer than LONGEST."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
    worst, end = 0.0, time.monotonic() + seconds
    while time.monotonic() < end:
        asked = time.monotonic()
        try:
            client.request("GET", "/healthz")
            client.getresponse().read()
        except TimeoutError:
            client.close()
        worst = max(worst, time.monotonic() - asked)
        time.sleep(PAUSE)
    client.close()
    return worst * 1000


def get(target):
    return f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def query(parameters):
    body = "&".join(parameters).encode()
    assert len(body) <= 1 << 20
    head = f"QUERY {HUB} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def templates(count, expression, name):
    return [f"{name}={expression * 32}~{number}" for number in range(count)]


EARLIEST = "last_event_id=earliest"
SUFFIXES = "abcdefghij"
LONG = "".join(f"/:a{number}" for number in range(600))

# What is sent, and on how many connections at once.
REQUESTS = {
    "15 templates of 64 variables in a GET": (
        1,
        get(f"/events?{'&'.join(templates(15, '{%2Ba,b}', 'topic'))}&{EARLIEST}"),
    ),
    "as many variables as are allowed": (
        1,
        query([*templates(15, "{%2Ba,b}", "topic"), EARLIEST]),
    ),
    "1,000 templates in a QUERY": (1, query([*templates(1000, "{%2Ba,b}", "topic"), EARLIEST])),
    "1,000 templates of one variable": (
        1,
        query([*(f"topic={{%2Bx}}~{number}" for number in range(1000)), EARLIEST]),
    ),
    "60 templates with lengths": (
        1,
        query([*(f"topic={{a:9,b:9}}~{number}" for number in range(60)), EARLIEST]),
    ),
    "1,000 names, 20 times": (
        20,
        query([*(f"topic=orders/{number}/items" for number in range(1000)), EARLIEST]),
    ),
    "everything": (1, get(f"/events?topic=*&{EARLIEST}")),
    "the newest of everything": (1, get(f"/events?topic=*&latest=1&{EARLIEST}")),
    "the newest by a template": (1, get(f"/events?topic=%7B%2Bx%7D&latest=1&{EARLIEST}")),
    "100 URL patterns": (
        1,
        query([*(f"match_urlpattern=/:a/:b/*/{number}" for number in range(100)), EARLIEST]),
    ),
    "100 long URL patterns": (
        1,
        query([*(f"match_urlpattern=/{number}{LONG}" for number in range(100)), EARLIEST]),
    ),
    "100 long groups": (
        1,
        query([*(f"match_urlpattern=/{number}/({'a' * 4000})" for number in range(100)), EARLIEST]),
    ),
    "10 regular expressions": (
        1,
        query([*(f"match_urlpattern=/((?:[a-z/]%7C[0-9/]){{40}}){suffix}" for suffix in SUFFIXES), EARLIEST]),
    ),
    "a poll with presence on 100 topics": (
        1,
        get("/events?format=poll&presence=1&wait=1&" + "&".join(f"topic=room/{it}" for it in range(100))),
    ),
    "1 MiB of pipelined requests": (1, get("/healthz") * ((1 << 20) // len(get("/healthz")))),
    "1 MiB of lines": (
        1,
        b"POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nContent-Length: 1040000\r\n\r\n"
        + b'{"topic":"a/b","data":"x"}'.ljust(1039, b" ") + b"\n" + b"".join(
            b'{"topic":"a","data":"' + b"x" * 1016 + b'"}\n' for _ in range(999)
        ),
    ),
}


class Stranger:
    """Sends a request on some connections, and takes whatever comes until it is told to stop."""

    def __init__(self, port, connections, request):
        self.sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
        self.answers = []
        self.threads = []
        for client in self.sockets:
            for work in (lambda it=client: self.send(it, request), lambda it=client: self.read(it)):
                thread = threading.Thread(target=work, daemon=True)
                thread.start()
                self.threads.append(thread)

    def send(self, client, request):
        try:
            client.sendall(request)
        except OSError:
            pass

    def read(self, client):
        first = True
        try:
            while part := client.recv(1 << 18):
                if first:
                    self.answers.append(part[9:12].decode())
                first = False
        except OSError:
            pass

    def stop(self):
        for client in self.sockets:
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            client.close()
        for thread in self.threads:
            thread.join(10)


def measure(server, name, connections, request):
    waits, answers = [], set()
    for _ in range(ROUNDS):
        stranger = Stranger(server.port, connections, request)
        waits.append(worst_wait(server.port, SECONDS))
        answers.update(stranger.answers)
        stranger.stop()
    return statistics.median(waits), "/".join(sorted(answers)) or "none"


def live(server):
    """The same while events go to a subscriber with as many variables as are allowed."""
    _, request = REQUESTS["as many variables as are allowed"]
    waits = []
    for number in range(ROUNDS):
        stranger = Stranger(server.port, 1, request.replace(EARLIEST.encode(), b"x=" + b"x" * (len(EARLIEST) - 2)))
        time.sleep(0.2)
        publishing = threading.Thread(target=server.publish, args=(number * LINES, LINES))
        publishing.start()
        waits.append(worst_wait(server.port, SECONDS))
        publishing.join()
        stranger.stop()
    return statistics.median(waits), "200"


def main():
    # The strangers' threads shall not keep the one that measures.
    sys.setswitchinterval(0.0002)
    server = Hub("--heartbeat", "0s")
    over = 0
    try:
        for first in range(0, EVENTS, LINES):
            server.publish(first, LINES)
        calm = statistics.median(worst_wait(server.port, SECONDS) for _ in range(ROUNDS))
        print(f"{'nobody else':44} {calm:8.1f} ms")
        rows = [(name, lambda it=(name, *what): measure(server, *it)) for name, what in REQUESTS.items()]
        rows.append(("500 events to that many variables", lambda: live(server)))
        wanted = sys.argv[2] if len(sys.argv) > 2 else ""
        for name, run in rows:
            if wanted not in name:
                continue
            wait, answer = run()
            is_over = wait > calm + BAR
            over += is_over
            print(f"{name:44} {wait:8.1f} ms  answered {answer}{'  TOO LONG' if is_over else ''}", flush=True)
    finally:
        server.stop()
    raise SystemExit(1 if over else 0)


main()
