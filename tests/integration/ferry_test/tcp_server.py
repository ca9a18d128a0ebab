"""A server whose every connection is served by a function of the test, and one that pours bytes into whoever connects."""

import selectors
import socket
import threading

from .process import DEADLINE_SECONDS


class TcpServer:
    """`serve(connection)` runs in a thread of its own; afterwards the connection is closed. `tls`: a server's SSLContext."""

    def __init__(self, serve, tls=None):
        self._serve, self._tls = serve, tls
        self._changed = threading.Condition()
        self._open = set()
        self._count = 0
        self._ended = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def port(self):
        return self._listener.getsockname()[1]

    def wait_for_connections(self, count, deadline=DEADLINE_SECONDS):
        with self._changed:
            if not self._changed.wait_for(lambda: self._count >= count, deadline):
                raise AssertionError(f"{self._count} connections within {deadline} s, {count} were waited for")

    def wait_for_ends(self, count, deadline=DEADLINE_SECONDS):
        """Until so many connections have been served."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._ended >= count, deadline):
                raise AssertionError(f"{self._ended} connections ended within {deadline} s, {count} were waited for")

    def close(self):
        with self._changed:
            remaining = list(self._open)
        self._listener.shutdown(socket.SHUT_RDWR)
        for connection in remaining:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._thread.join(DEADLINE_SECONDS)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection):
        try:
            connection = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            with self._changed:
                self._open.add(connection)
                self._count += 1
                self._changed.notify_all()
            self._serve(connection)
        except OSError:
            pass  # A peer that hangs up is a thing that tests do.
        finally:
            with self._changed:
                self._open.discard(connection)
                self._ended += 1
                self._changed.notify_all()
            connection.close()


class Fountain:
    """Sends without end to every connection, as much as it takes; one thread for all of them. Reads nothing."""

    _PIECE = bytes(65536)

    def __init__(self):
        self._changed = threading.Condition()
        self._sent = {}
        self._quiet_rounds = 0
        self._closing = False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._listener.setblocking(False)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def port(self):
        return self._listener.getsockname()[1]

    def wait_until_stalled(self, connections, quiet_rounds=10, deadline=DEADLINE_SECONDS):
        """Until there are so many connections and none has taken a byte for a second. Gives what each has taken."""
        with self._changed:
            stalled = self._changed.wait_for(lambda: len(self._sent) >= connections and self._quiet_rounds >= quiet_rounds, deadline)
            if not stalled:
                raise AssertionError(f"{len(self._sent)} connections, {sum(self._sent.values())} bytes, and they still flow after {deadline} s")
            return list(self._sent.values())

    def close(self):
        self._closing = True
        self._thread.join(DEADLINE_SECONDS)
        self._listener.close()

    def _run(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            while not self._closing:
                events = selector.select(0.1)
                with self._changed:
                    self._quiet_rounds = 0 if events else self._quiet_rounds + 1
                    self._changed.notify_all()
                for key, _ in events:
                    if key.fileobj is self._listener:
                        connection, _ = self._listener.accept()
                        connection.setblocking(False)
                        # What lies in the kernel is not what is measured.
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
                        selector.register(connection, selectors.EVENT_WRITE)
                        self._sent[connection.fileno()] = 0
                    else:
                        self._pour(selector, key.fileobj)
            for key in list(selector.get_map().values()):
                if key.fileobj is not self._listener:
                    key.fileobj.close()

    def _pour(self, selector, connection):
        try:
            self._sent[connection.fileno()] += connection.send(self._PIECE)
        except BlockingIOError:
            pass
        except OSError:
            selector.unregister(connection)
            connection.close()
