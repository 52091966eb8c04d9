"""A link of a given rate and length between the first two hosts that Tests/Cluster/with-hosts makes, and what it proves
to be like; for Tests/Cluster/links, which runs beside the hosts.

usage: python link.py serve | measure ADDRESS      on a host: the other end of a measurement, and a measurement
"""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAME = "cable0"  # cable.c's
PORT = 7000
ROUNDS, BYTES = 500, 128 << 20


def on(host, *words, **options):
    """Runs a command on a host."""
    return subprocess.run(
        ["bash", "-c", 'source "$0/hosts.sh" && on "$@"', str(HERE), str(host), *map(str, words)],
        check=True, text=True, **options)


class Link:
    """10.1.0.1 and 10.1.0.2, an Ethernet's MTU. The rate is that of each host's own network card: a token bucket before
    the cable, which holds packets back as a card does, so that TCP does not run ahead. 0: as fast as it goes.

    The largest packet that segmentation leaves whole is what passes in 50 µs, between 8 and 64 KiB; the bucket holds
    two of them, as a smaller one would have them cut up before the cable, and a late timer lose tokens."""

    def __init__(self, gigabits, microseconds):
        self.gigabits, self.microseconds = gigabits, microseconds

    def __enter__(self):
        cluster = Path(os.environ["CLUSTER"])
        processes = [(cluster / f"host-{host}").read_text().strip() for host in (1, 2)]
        program = cluster / "cable"
        if not program.exists():
            compiler = shutil.which("cc") or "clang"  # Swift's toolchain has that
            subprocess.run([compiler, "-O2", "-pthread", "-o", program, HERE / "cable.c"], check=True)
        self.cable = subprocess.Popen([program, str(self.microseconds), *processes], stdout=subprocess.PIPE, text=True)
        if self.cable.stdout.readline() != "ready\n":
            raise SystemExit("links: no cable can be laid (see above)")
        largest = min(65536, max(8192, int(self.gigabits * 1e9 / 8 * 50e-6))) if self.gigabits else 65536
        for host in (1, 2):
            on(host, "ip", "address", "add", f"10.1.0.{host}/24", "dev", NAME)
            on(host, "ip", "link", "set", NAME, "mtu", 1500, "gso_max_size", largest, "up")
            if self.gigabits:
                on(host, "tc", "qdisc", "replace", "dev", NAME, "root", "tbf", "rate", f"{self.gigabits:g}gbit",
                   "burst", 2 * largest + 1024, "latency", "20ms")
            # Which TCP there is: cubic, where namespaces are allowed it, is what most machines have.
            on(host, "sh", "-c", "for one in cubic reno; do echo $one >/proc/sys/net/ipv4/tcp_congestion_control && break; done",
               stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        self.cable.terminate()
        self.cable.wait()

    def sent_bytes(self):
        """What both hosts have sent over it."""
        total = 0
        for host in (1, 2):
            lines = on(host, "cat", "/proc/net/dev", capture_output=True).stdout.splitlines()
            (counts,) = (line.split(":")[1].split() for line in lines if line.strip().startswith(NAME + ":"))
            total += int(counts[8])
        return total

    def measured(self):
        """Round trips of one byte, a stream's rate of payload, by TCP, and TCP's congestion control."""
        server = subprocess.Popen(
            ["bash", "-c", 'source "$0/hosts.sh" && on 2 "$1" "$0/link.py" serve', str(HERE), sys.executable])
        try:
            done = on(1, sys.executable, HERE / "link.py", "measure", "10.1.0.2", capture_output=True)
        finally:
            server.wait(timeout=60)
        control = on(1, "cat", "/proc/sys/net/ipv4/tcp_congestion_control", capture_output=True).stdout.strip()
        return json.loads(done.stdout) | {"congestion_control": control}


def serve():
    with socket.create_server(("", PORT)) as server:
        server.settimeout(30)
        connection, _ = server.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for _ in range(ROUNDS):
        connection.sendall(connection.recv(1))
    buffer, left = bytearray(1 << 20), BYTES
    while left:
        left -= connection.recv_into(buffer)
    connection.sendall(b"x")


def measure(address):
    for _ in range(100):
        try:
            connection = socket.create_connection((address, PORT))
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def timed(deed):
        began = time.perf_counter()
        deed()
        return time.perf_counter() - began

    def round_trip():
        connection.sendall(b"x")
        connection.recv(1)

    def stream():
        chunk = bytes(1 << 20)
        for _ in range(BYTES // len(chunk)):
            connection.sendall(chunk)
        connection.recv(1)

    trips = sorted(timed(round_trip) for _ in range(ROUNDS))
    print(json.dumps({
        "round_trip_microseconds": round(statistics.median(trips) * 1e6, 1),
        "round_trip_p90_microseconds": round(trips[ROUNDS * 9 // 10] * 1e6, 1),
        "payload_gigabits_per_second": round(BYTES * 8 / timed(stream) / 1e9, 3),
        "round_trips": ROUNDS, "payload_bytes": BYTES,
    }))


if __name__ == "__main__":
    serve() if sys.argv[1] == "serve" else measure(sys.argv[2])
