#!/usr/bin/env python3
"""What TLS costs: memory of each waiting subscriber, and processor time of each delivery, beside plain HTTP.

usage: benches/tls.py [SUBSCRIBERS [EVENTS]]       SSEHUB_BIN names the binary

Loopback only. Linux, and openssl for a certificate. One round of each, one after the other, ends by itself.
"""

import asyncio
import os
import re
import resource
import ssl
import subprocess
import sys
import tempfile
import time

SUBSCRIBERS = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
EVENTS = int(sys.argv[2]) if len(sys.argv) > 2 else 50
AT_ONCE = 100  # handshakes
PAUSE = 0.1  # seconds between two events
LONGEST = 120  # seconds for anything
BINARY = os.environ.get("SSEHUB_BIN", "target/release/ssehub")
REQUEST = b"GET /events/x HTTP/1.1\r\nHost: localhost\r\n\r\n"
DATA = b"x" * 64


def resident(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) * 1024


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def listen(port, context, heard):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, limit=1 << 14)
    writer.write(REQUEST)
    await reader.readuntil(b"retry: ")

    async def read():
        rest = b""
        while True:
            part = await reader.read(1 << 14)
            if not part:
                return
            rest += part
            heard[0] += rest.count(DATA)
            rest = rest[rest.rfind(DATA) + len(DATA) :] if DATA in rest else rest

    return writer, asyncio.ensure_future(read())


async def publish(port, context):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    head = f"POST /events/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(DATA)}\r\n\r\n"
    writer.write(head.encode() + DATA)
    answer = await reader.read()
    assert b" 200 " in answer[:20], answer
    writer.close()


async def measure(name, context, options):
    log = tempfile.TemporaryFile("w+")
    server = subprocess.Popen(
        [BINARY, "--listen", "127.0.0.1:0", "--heartbeat", "0s", *options], stderr=log
    )
    try:
        port = None
        while not port:
            await asyncio.sleep(0.05)
            log.seek(0)
            port = re.search(r"listening on https?://127.0.0.1:(\d+)", log.read())
        port = int(port[1])
        heard = [0]
        await publish(port, context)
        before, began = resident(server.pid), processor_seconds(server.pid)
        crowd = []
        while len(crowd) < SUBSCRIBERS:
            batch = min(AT_ONCE, SUBSCRIBERS - len(crowd))
            crowd += await asyncio.gather(*(listen(port, context, heard) for _ in range(batch)))
        connecting = (processor_seconds(server.pid) - began) / SUBSCRIBERS
        await asyncio.sleep(1)
        each = (resident(server.pid) - before) / SUBSCRIBERS
        began = processor_seconds(server.pid)
        for _ in range(EVENTS):
            await publish(port, context)
            await asyncio.sleep(PAUSE)
        deadline = time.monotonic() + LONGEST
        while heard[0] < EVENTS * SUBSCRIBERS and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        assert heard[0] == EVENTS * SUBSCRIBERS, f"{heard[0]} of {EVENTS * SUBSCRIBERS} were heard"
        delivery = (processor_seconds(server.pid) - began) / heard[0]
        print(
            f"{name:8} {each:7.0f} bytes a subscriber  {connecting * 1e6:6.0f} µs to connect one  "
            f"{delivery * 1e6:6.2f} µs a delivery",
            flush=True,
        )
        for writer, reading in crowd:
            reading.cancel()
            writer.transport.abort()
    finally:
        server.kill()
        server.wait()


async def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = f"{folder}/cert.pem", f"{folder}/key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-newkey", "ec"]
            + ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout", key, "-out", certificate],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        await measure("HTTP", None, [])
        for name, version in [("TLS 1.3", ssl.TLSVersion.TLSv1_3), ("TLS 1.2", ssl.TLSVersion.TLSv1_2)]:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.minimum_version = context.maximum_version = version
            await measure(name, context, ["--tls-cert", certificate, "--tls-key", key])


asyncio.run(main())
