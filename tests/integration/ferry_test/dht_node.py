"""Nodes of a BitTorrent DHT that say what a test wants: many sockets, one thread, all of them close to one key. Source: BEP 5."""

import hashlib
import random
import selectors
import socket
import struct
import threading

RELAYS_KEY = hashlib.sha256(b"ferry.1 relays").digest()[:20]


def bencode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(bencode, value)) + b"e"
    return b"d" + b"".join(bencode(key) + bencode(value[key]) for key in sorted(value)) + b"e"


def bdecode(data, at=0):
    """(value, where it ends)"""
    head = data[at:at + 1]
    if head == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1:end]), end + 1
    if head in (b"l", b"d"):
        items, at = [], at + 1
        while data[at:at + 1] != b"e":
            item, at = bdecode(data, at)
            items.append(item)
        return (items if head == b"l" else dict(zip(items[::2], items[1::2]))), at + 1
    colon = data.index(b":", at)
    end = colon + 1 + int(data[at:colon])
    return data[colon + 1:end], end


def compact(address, port):
    return socket.inet_aton(address) + struct.pack(">H", port)


class DhtNodes:
    """`peers()` gives the compact addresses that one answer about the relays' key holds; at most about 100 fit."""

    def __init__(self, peers, count=8):
        self._peers = peers
        self._random = random.Random(7)
        self._selector = selectors.DefaultSelector()
        self._nodes = []
        self._wake, waker = socket.socketpair()
        self._waker = waker
        self._selector.register(self._wake, selectors.EVENT_READ)
        for _ in range(count):
            node = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            node.bind(("127.0.0.1", 0))
            # Nearer to the key than any honest node, so that every search ends here.
            self._nodes.append((node, RELAYS_KEY[:17] + self._random.randbytes(3)))
            self._selector.register(node, selectors.EVENT_READ)
        self.told = 0
        self.announced = set()  # (key, port)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def addresses(self):
        return ["127.0.0.1:%d" % node.getsockname()[1] for node, _ in self._nodes]

    def close(self):
        self._waker.send(b"x")
        self._thread.join(10)
        for node, _ in self._nodes:
            node.close()
        self._wake.close()
        self._waker.close()
        self._selector.close()

    def _run(self):
        ids = {node: number for node, number in self._nodes}
        listed = b"".join(number + compact("127.0.0.1", node.getsockname()[1]) for node, number in self._nodes)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._wake:
                    return
                data, sender = key.fileobj.recvfrom(65536)
                answer = self._answer(data, ids[key.fileobj], listed)
                if answer:
                    key.fileobj.sendto(answer, sender)

    def _answer(self, data, number, listed):
        try:
            question, _ = bdecode(data)
        except (ValueError, IndexError):
            return None
        if not isinstance(question, dict) or question.get(b"y") != b"q":
            return None
        result = {b"id": number}
        asked, arguments = question.get(b"q"), question.get(b"a", {})
        if asked in (b"find_node", b"get_peers", b"get"):
            result[b"nodes"] = listed
            result[b"token"] = b"token"
        if asked == b"get_peers" and arguments.get(b"info_hash") == RELAYS_KEY:
            peers = self._peers()
            self.told += len(peers)
            result[b"values"] = peers
        if asked == b"announce_peer":
            self.announced.add((arguments.get(b"info_hash"), arguments.get(b"port")))
        return bencode({b"t": question[b"t"], b"y": b"r", b"r": result})
