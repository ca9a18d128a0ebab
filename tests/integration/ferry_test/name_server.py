"""A DNS server for relays under test: whatever name is asked for, it lies on this machine."""

import socket
import struct
import threading

_TYPE_A = 1


class NameServer:
    """Answers every question for an IPv4 address with `place`, those for other types with nothing. `missing` names do not exist."""

    def __init__(self, missing=(), place="127.0.0.1"):
        self._place = socket.inet_aton(place)
        self._missing = {name.lower() for name in missing}
        self._lock = threading.Lock()
        self._asked = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def address(self):
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def asked(self):
        """The names that were asked for, oldest first."""
        with self._lock:
            return list(self._asked)

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def _serve(self):
        while True:
            question, client = self._socket.recvfrom(4096)
            if not question:
                return
            self._socket.sendto(self._answer(question), client)

    def _answer(self, question):
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode("ascii", "replace"))
            at += 1 + question[at]
        name = ".".join(labels).lower()
        with self._lock:
            self._asked.append(name)
        end = at + 5
        asked_type = struct.unpack("!H", question[at + 1:at + 3])[0]
        is_known = name not in self._missing
        has_answer = is_known and asked_type == _TYPE_A
        flags = 0x8180 if is_known else 0x8183
        head = question[:2] + struct.pack("!HHHHH", flags, 1, int(has_answer), 0, 0)
        # 0xc00c: the name is that of the question.
        record = struct.pack("!HHHIH", 0xC00C, _TYPE_A, 1, 60, 4) + self._place if has_answer else b""
        return head + question[12:end] + record
