"""The servers that are measured, and the origin behind them. All are pinned, listen on loopback, and are ended by their process id."""

import socket
import ssl
import subprocess
import urllib.request
from pathlib import Path

from ferry_test.process import Process
from ferry_test.programs import clean_environment

from . import machine

CHUNK = 256 * 1024
DEADLINE = 30
READY_DEADLINE = 1800  # of a relay that reads many channels from a chain


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(folder):
    """Its file and that of its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=bench",
                    "-days", "2", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


class Server:
    """One pinned process with its children."""

    def __init__(self, core, command, folder, name, env=None):
        self.process = Process(["taskset", "-c", str(core), *map(str, command)], Path(folder) / f"{name}.stderr", env)

    @property
    def pid(self):
        return self.process.pid

    def cpu_seconds(self):
        return machine.cpu_seconds(self.pid)

    def resident_bytes(self):
        return machine.resident_bytes(self.pid)

    def most_resident_bytes(self):
        return machine.most_resident_bytes(self.pid)

    def kill(self):
        self.process.kill()


class Relay(Server):
    """ferry-relay with one worker, a test ledger with a cheap faucet, and low prices."""

    def __init__(self, core, program, folder, name="relay", flags=()):
        command = [program, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", Path(folder) / name, "--workers", "1",
                   "--exit-allow", "127.0.0.0/8", "--faucet-bits", "1", "--faucet-amount", "60000",
                   "--max-connections", "100000", "--max-connections-per-address", "100000", "--max-fetches-per-host", "64",
                   "--tariff-hit", "0.001", "--tariff-miss", "0.002", "--tariff-per-request", "0.0001", "--log-level", "warning", *flags]
        super().__init__(core, command, folder, name, clean_environment(folder))
        try:
            ready = self.process.wait_ready(READY_DEADLINE)
        except AssertionError:
            self.kill()
            raise
        self.reference, self.admin = ready["relay"], ready["admin"]
        self.ledger = "ledger:" + self.admin

    def metric(self, name):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.admin + "/metrics", timeout=DEADLINE) as answer:
            samples = dict(line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if line and not line.startswith("#"))
        return float(samples[name])


class Nginx(Server):
    """nginx with one worker from a configuration of our own; nothing of the system's is read."""

    def __init__(self, core, folder, name, servers, port):
        home = Path(folder) / name
        home.mkdir(parents=True)
        self.port = port
        config = home / "nginx.conf"
        config.write_text(MAIN.format(home=home, servers=servers), encoding="utf-8")
        super().__init__(core, ["nginx", "-p", home, "-c", config, "-e", home / "error.log"], folder, name)
        self._wait_until_open(home)

    def _wait_until_open(self, home):
        for _ in range(DEADLINE * 20):
            if not self.process.is_running():
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE).close()
                return
            except ConnectionRefusedError:
                try:
                    self.process.wait(0.05)
                except AssertionError:
                    continue
        log = (home / "error.log")
        self.kill()
        raise RuntimeError(f"nginx did not start: {log.read_text(encoding='utf-8') if log.exists() else self.process.stderr()}")

    def get(self, path):
        """One whole body over TLS, to fill a cache and to see that the server answers."""
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting))
        with opener.open(f"https://127.0.0.1:{self.port}{path}", timeout=DEADLINE) as answer:
            return answer.read(), answer.headers


MAIN = """
daemon off;
user root;
worker_processes 1;
worker_rlimit_nofile 65536;
pid {home}/nginx.pid;
error_log {home}/error.log warn;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 600s;
  keepalive_requests 1000000000;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  {servers}
}}
"""

ORIGIN = """
  server {{
    listen 127.0.0.1:{port};
    location /keep/ {{ alias {files}/; add_header Cache-Control max-age=86400; }}
    location /pass/ {{ alias {files}/; add_header Cache-Control no-store; }}
    # Server-side includes take the length and the validators away, so the body is sent chunked and without ranges.
    location /stream/ {{ alias {files}/; ssi on; ssi_types *; add_header Cache-Control no-store; }}
  }}
"""

EDGE = """
  proxy_cache_path {home}/cache levels=1:2 keys_zone=bench:10m max_size=4g inactive=1d use_temp_path=off;
  upstream origin {{ server 127.0.0.1:{origin}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {home}/certificate.pem;
    ssl_certificate_key {home}/key.pem;
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_max_temp_file_size 0;
    location /keep/ {{ proxy_cache bench; proxy_cache_valid 200 1d; proxy_max_temp_file_size 1024m; add_header X-Cache $upstream_cache_status;
                       proxy_pass http://origin; }}
    location / {{ proxy_pass http://origin; }}
  }}
"""


def start_origin(core, folder, files):
    port = free_port()
    return Nginx(core, folder, "origin", ORIGIN.format(port=port, files=files), port)


def start_edge(core, folder, origin, name="edge"):
    """The peer: TLS 1.3 in front, proxy_cache under /keep/, proxy_pass elsewhere."""
    port = free_port()
    home = Path(folder) / (name + "-files")
    home.mkdir()
    make_certificate(home)
    return Nginx(core, folder, name, EDGE.format(port=port, home=home, origin=origin.port), port)
