"""The base class of tests of the local proxy: names that lead to this machine, a relay that may go there, the proxy, and apps that use it."""

import http.client
import json
import os
import subprocess
import time
from decimal import Decimal

from .app_side import AppSide
from .case import FerryCase
from .name_server import NameServer
from .process import DEADLINE_SECONDS
from .programs import clean_environment
from .tcp_server import TcpServer

# Names that are looked up by the relay alone: what a name server of the test answers.
HOST = "origin.example.org"
MISSING = "missing.example.org"


class Proxy:
    """A running `ferry proxy`."""

    def __init__(self, process):
        self.process = process
        ready = process.wait_ready()
        self.place = ready["proxy"]
        self.places = ready["listen"]
        host, port = self.place.rsplit(":", 1)
        self.address = (host, int(port))

    @property
    def url(self):
        return f"http://{self.place}"

    def get(self, path):
        """(status, body) of one of the proxy's own pages."""
        connection = http.client.HTTPConnection(*self.address, timeout=DEADLINE_SECONDS)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def status(self):
        code, body = self.get("/status.json")
        assert code == 200, body
        return json.loads(body)

    def spent(self):
        return Decimal(self.status()["today"]["spent"])

    def wait_for(self, condition, what, deadline=DEADLINE_SECONDS):
        """Asks the proxy for its status until `condition(status)` holds; gives that status."""
        end = time.monotonic() + deadline
        while True:
            status = self.status()
            if condition(status):
                return status
            if time.monotonic() > end:
                raise AssertionError(f"{what}: not within {deadline} s; {json.dumps(status)[:4000]}")

    def wait_for_no_tunnels(self):
        return self.wait_for(lambda status: not status["tunnels"], "tunnels end")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def wait_for_descriptors(self, at_most):
        self.wait_for(lambda _: self.descriptors() <= at_most, f"at most {at_most} descriptors, {self.descriptors()} now")


def resident_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def relay_chunks(relay):
    return sum(value for name, value in relay.metrics().items() if name.startswith("ferry_relay_chunks_total"))


class ProxyCase(FerryCase):
    def setUp(self):
        super().setUp()
        self.names = NameServer(missing=(MISSING,))
        self.addCleanup(self.names.close)

    def start_exit(self, *flags, **more):
        """A relay that looks names up at the test's name server."""
        return self.start_relay("--resolver", self.names.address, *flags, **more)

    def start_proxy(self, *flags, relay=None, data="client", listen=("127.0.0.1:0",)):
        """With a relay of its own, `self.relay`, unless one is given."""
        if relay is None:
            relay = self.relay = self.start_exit()
        listening = [part for place in listen for part in ("--listen", place)]
        return Proxy(self.start_ferry("proxy", *listening, "--relay", relay.reference, *flags, data=data))

    def serve_tcp(self, serve, tls=None):
        server = TcpServer(serve, tls)
        self.addCleanup(server.close)
        return server

    def app(self, proxy, **more):
        app = AppSide(proxy.address, **more)
        self.addCleanup(app.close)
        return app

    def url(self, server, path, scheme="http"):
        return f"{scheme}://{HOST}:{server.port}{path}"

    def run_client(self, *command, env=None, deadline=DEADLINE_SECONDS, input=None):
        """A program that is no part of Ferry, to its end. Gives what subprocess.run gives, output as bytes."""
        self.path("home").mkdir(exist_ok=True)
        return subprocess.run([str(part) for part in command], input=input, stdin=None if input is not None else subprocess.DEVNULL, capture_output=True,
                              timeout=deadline, check=False, cwd=self.folder, env=clean_environment(self.path("home"), env))

    def curl(self, *arguments, code=0, **more):
        """Its standard output; its exit code must be `code` (None: any, and both are given)."""
        done = self.run_client("curl", "-q", "-sS", "--max-time", "60", *arguments, **more)
        if code is None:
            return done
        self.assertEqual(done.returncode, code, f"curl {arguments}\n{done.stdout[-2000:]!r}\n{done.stderr.decode()[-2000:]}")
        return done.stdout

    def certificate(self, name=HOST):
        """(certificate, key) files that are signed by nobody else."""
        certificate, key = self.path("origin.crt"), self.path("origin.key")
        if not certificate.exists():
            made = self.run_client("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                                   f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", certificate)
            self.assertEqual(made.returncode, 0, made.stderr)
        return certificate, key

    def relay_channels(self, relay):
        token = (relay.data / "admin-token").read_text().strip()
        host = relay.admin.removeprefix("http://").rstrip("/")
        connection = http.client.HTTPConnection(host, timeout=DEADLINE_SECONDS)
        try:
            connection.request("GET", "/api/v1/channels", headers={"Authorization": "Bearer " + token})
            return json.loads(connection.getresponse().read())["channels"]
        finally:
            connection.close()
