#!/usr/bin/env python3
"""Loads a tunnel: connects through a SOCKS port or a plain one, and sends to, receives from, or talks with tunnel_origin.py behind it.

It speaks as the other load programs do: a line when it is warm, then it waits for a line, then a line with what it measured. Only the
CPU time of the tunnel is compared, so its own does not matter; its latencies hold some tens of microseconds of Python on every side.
"""

import argparse
import json
import select
import socket
import statistics
import struct
import sys
import time
from itertools import count

READ, WRITE = select.EPOLLIN, select.EPOLLOUT
PIECE = 1 << 20
MESSAGE = b"m" * 1024


def read_exactly(sock, size):
    data = b""
    while len(data) < size:
        try:
            came = sock.recv(size - len(data))
        except BlockingIOError:
            yield READ
            continue
        if not came:
            raise ConnectionError("the tunnel ended")
        data += came
    return data


def send_all(sock, data):
    while data:
        try:
            data = data[sock.send(data):]
        except BlockingIOError:
            yield WRITE


def dial(options, register):
    """A connection to the origin. Early data would be possible; it is not sent before the tunnel says that it is open."""
    sock = socket.socket()
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    register(sock)
    if sock.connect_ex(("127.0.0.1", options.port)) not in (0, 115):  # EINPROGRESS
        raise ConnectionError("nobody listens")
    yield WRITE
    if options.socks:
        host, port = options.socks.rsplit(":", 1)
        yield from send_all(sock, b"\x05\x01\x00")
        if (yield from read_exactly(sock, 2)) != b"\x05\x00":
            raise ConnectionError("SOCKS: another method")
        try:
            address = b"\x01" + socket.inet_aton(host)
        except OSError:
            address = b"\x03" + bytes([len(host)]) + host.encode()
        yield from send_all(sock, b"\x05\x01\x00" + address + struct.pack(">H", int(port)))
        answer = yield from read_exactly(sock, 10)
        if answer[1] != 0:
            raise ConnectionError(f"SOCKS: refused with {answer[1]}")
    return sock


class Load:
    def __init__(self, options):
        self.options = options
        self.bytes = 0
        self.warm = 0
        self.latencies = []
        self.buffer = bytearray(PIECE)

    def down(self, register):
        sock = yield from dial(self.options, register)
        yield from send_all(sock, b"D")
        for turn in count():
            try:
                came = sock.recv_into(self.buffer)
            except BlockingIOError:
                came = None
            if came == 0:
                raise ConnectionError("the tunnel ended")
            self.bytes += came or 0
            self.warm += turn == 8
            yield READ

    def up(self, register):
        sock = yield from dial(self.options, register)
        yield from send_all(sock, b"U")
        for turn in count():
            try:
                self.bytes += sock.send(self.buffer)
            except BlockingIOError:
                pass
            self.warm += turn == 8
            yield WRITE

    def connect(self, register):
        for turn in count():
            began = time.perf_counter()
            sock = yield from dial(self.options, register)
            yield from send_all(sock, b"E.")
            yield from read_exactly(sock, 1)
            self.latencies.append(time.perf_counter() - began)
            sock.close()
            self.warm += turn == 8

    def talk(self, register):
        sock = yield from dial(self.options, register)
        yield from send_all(sock, b"E")
        for turn in count():
            began = time.perf_counter()
            yield from send_all(sock, MESSAGE)
            yield from read_exactly(sock, len(MESSAGE))
            self.latencies.append(time.perf_counter() - began)
            self.warm += turn == 8

    def run(self):
        poll = select.epoll()
        tasks = {}

        def step(task):
            sock, waits = task["sock"], task["waits"]
            task["waits"] = next(task["generator"])
            if task["sock"] is not sock:  # what was closed left the poll by itself
                tasks.pop(task["number"], None)
                task["number"] = task["sock"].fileno()
                tasks[task["number"]] = task
                poll.register(task["number"], task["waits"])
            elif task["waits"] != waits:
                poll.modify(task["number"], task["waits"])

        for _ in range(self.options.streams):
            task = {"sock": None, "waits": 0, "number": -1}

            def register(sock, task=task):
                task["sock"] = sock

            task["generator"] = getattr(self, self.options.kind)(register)
            step(task)

        def until(done):
            while not done():
                for number, _ in poll.poll(1):
                    step(tasks[number])

        warm_end = time.perf_counter() + self.options.warm
        until(lambda: self.warm >= self.options.streams and time.perf_counter() >= warm_end)
        print(json.dumps({"event": "warm"}), flush=True)
        sys.stdin.readline()
        self.bytes, self.latencies = 0, []
        began = time.perf_counter()
        until(lambda: time.perf_counter() - began >= self.options.seconds)
        self.tell(time.perf_counter() - began)

    def tell(self, seconds):
        result = {"seconds": seconds, "bytes": self.bytes, "count": len(self.latencies)}
        if len(self.latencies) > 1:
            cuts = statistics.quantiles(self.latencies, n=100, method="inclusive")
            result.update(p50_us=cuts[49] * 1e6, p99_us=cuts[98] * 1e6)
        print(json.dumps(result), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["down", "up", "connect", "talk"])
    parser.add_argument("--port", type=int, required=True, help="where the tunnel listens")
    parser.add_argument("--socks", metavar="HOST:PORT", help="it speaks SOCKS5: ask for this")
    parser.add_argument("--streams", type=int, default=1, help="connections at one time")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--warm", type=float, default=0.3, help="seconds that are not measured, first")
    try:
        Load(parser.parse_args()).run()
    except (OSError, RuntimeError) as error:
        sys.exit(f"load_tunnel: {error}")


if __name__ == "__main__":
    main()
