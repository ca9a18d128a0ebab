#!/usr/bin/env python3
"""What load_tunnel.py reaches through a tunnel: the first byte of a connection says whether bytes without end are sent (D), taken and thrown
away (U), or sent back (E). Also a DNS server that says 127.0.0.1 for every name. Prints both ports as a line of JSON."""

import json
import os
import select
import socket
import struct

READ, WRITE = select.EPOLLIN, select.EPOLLOUT
PIECE = 1 << 20


def dns_answer(query):
    at = 12
    while query[at]:
        at += query[at] + 1
    wanted = struct.unpack(">H", query[at + 1:at + 3])[0]
    answers = 1 if wanted == 1 else 0  # A; nothing for AAAA
    head = query[:2] + b"\x81\x80" + struct.pack(">HHHH", 1, answers, 0, 0) + query[12:at + 5]
    return head + answers * (b"\xc0\x0c\x00\x01\x00\x01" + struct.pack(">IH", 3600, 4) + bytes([127, 0, 0, 1]))


class Origin:
    def __init__(self):
        self.poll = select.epoll()
        self.names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.names.bind(("127.0.0.1", 0))
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        for one in (self.names, self.listening):
            one.setblocking(False)
            self.poll.register(one.fileno(), READ)
        self.connections = {}  # number: [socket, kind, what could not be sent yet]
        self.content = memoryview(os.urandom(PIECE))
        self.buffer = bytearray(PIECE)

    def accept(self):
        while True:
            try:
                sock, _ = self.listening.accept()
            except BlockingIOError:
                return
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections[sock.fileno()] = [sock, b"", b""]
            self.poll.register(sock.fileno(), READ)

    def serve(self, number):
        connection = self.connections[number]
        sock, kind, unsent = connection
        try:
            if kind == b"D":
                sock.send(self.content)
                return
            if unsent:
                connection[2] = unsent[sock.send(unsent):]
                if not connection[2]:
                    self.poll.modify(number, READ)
                return
            size = sock.recv_into(self.buffer)
            if size == 0:
                raise ConnectionError
            start = 0
            if not kind:
                connection[1] = kind = bytes(self.buffer[:1])
                start = 1
            if kind == b"D":
                self.poll.modify(number, WRITE)
            if kind == b"E" and size > start:
                sent = sock.send(memoryview(self.buffer)[start:size])
                if start + sent < size:
                    connection[2] = bytes(self.buffer[start + sent:size])
                    self.poll.modify(number, WRITE)
        except BlockingIOError:
            pass
        except OSError:
            self.poll.unregister(number)
            sock.close()
            del self.connections[number]

    def run(self):
        print(json.dumps({"event": "ready", "port": self.listening.getsockname()[1], "dns": self.names.getsockname()[1]}), flush=True)
        while True:
            for number, _ in self.poll.poll():
                if number in self.connections:
                    self.serve(number)
                elif number == self.listening.fileno():
                    self.accept()
                elif number == self.names.fileno():
                    query, asker = self.names.recvfrom(1500)
                    self.names.sendto(dns_answer(query), asker)


if __name__ == "__main__":
    Origin().run()
