"""The tunnels that are compared, each a pair of processes on the server's core: ferry proxy and ferry-relay; ss-local and ss-server; two stunnels; two nginx."""

import socket
import subprocess
import sys
from pathlib import Path

from ferry_test.process import Process
from ferry_test.programs import clean_environment

from . import machine
from .servers import DEADLINE, Relay, Server, free_port, make_certificate

HERE = Path(__file__).resolve().parents[1]
ORIGIN_NAME = "origin.test"


class Origin(Server):
    """tunnel_origin.py on the load's core."""

    def __init__(self, core, folder):
        super().__init__(core, [sys.executable, HERE / "tunnel_origin.py"], folder, "tunnel_origin")
        ready = self.process.wait_ready()
        self.port, self.dns = ready["port"], ready["dns"]


class Pair:
    """Where its near end listens, and how a load asks it for the origin."""

    def __init__(self, name):
        self.name = name
        self.ends = []
        self.flags = []

    def cpu_seconds(self):
        return sum(end.cpu_seconds() for end in self.ends)

    def cpu_of_each(self):
        return [end.cpu_seconds() for end in self.ends]

    def kill(self):
        for end in self.ends:
            end.kill()

    def wait_until_open(self, port):
        for _ in range(DEADLINE * 20):
            for end in self.ends:
                if not end.process.is_running():
                    raise RuntimeError(f"{self.name} did not start: {end.process.stderr()[-2000:]}")
            try:
                socket.create_connection(("127.0.0.1", port), timeout=DEADLINE).close()
                return
            except ConnectionRefusedError:
                try:
                    self.ends[-1].process.wait(0.05)
                except (AssertionError, subprocess.TimeoutExpired):
                    continue
        raise RuntimeError(f"{self.name} does not listen")


class FerryPair(Pair):
    """Paid by real vouchers from a test ledger, at a low price. It asks by a name, because ferry proxy refuses destinations of this machine."""

    def __init__(self, core, build, folder, origin):
        super().__init__("ferry")
        folder = Path(folder)
        folder.mkdir()
        relay = Relay(core, build / "relay" / "ferry-relay", folder,
                      flags=["--resolver", f"127.0.0.1:{origin.dns}", "--exit-port", origin.port, "--tariff-tunnel-down", "0.01",
                             "--tariff-tunnel-up", "0.01"])
        self.ends.append(relay)
        proxy = Server(core, [build / "client" / "ferry", "proxy", "--listen", "127.0.0.1:0", "--relay", relay.reference, "--data", folder / "client"],
                       folder, "proxy", clean_environment(folder))
        self.ends.append(proxy)
        self.port = int(proxy.process.wait_ready()["proxy"].rsplit(":", 1)[1])
        self.flags = ["--port", self.port, "--socks", f"{ORIGIN_NAME}:{origin.port}"]


class ShadowsocksPair(Pair):
    """Asks by address: no name is looked up."""

    def __init__(self, core, folder, origin, method):
        super().__init__(f"shadowsocks {method}")
        Path(folder).mkdir()
        far, near = free_port(), free_port()
        common = ["-s", "127.0.0.1", "-p", far, "-k", "bench", "-m", method, "-t", 600, "-n", 8192, "--no-delay"]
        self.ends.append(Server(core, ["ss-server", *common], folder, "ss-server"))
        self.ends.append(Server(core, ["ss-local", *common, "-b", "127.0.0.1", "-l", near], folder, "ss-local"))
        for port in (far, near):
            self.wait_until_open(port)
        self.flags = ["--port", near, "--socks", f"127.0.0.1:{origin.port}"]


STUNNEL = """
foreground = yes
pid =
debug = warning
socket = l:TCP_NODELAY=1
socket = r:TCP_NODELAY=1
sslVersionMin = TLSv1.3
ciphersuites = TLS_AES_128_GCM_SHA256
[tunnel]
client = {client}
accept = 127.0.0.1:{accept}
connect = 127.0.0.1:{connect}
{more}
"""


class StunnelPair(Pair):
    """To one fixed place, as stunnel does it: no SOCKS and no name, and a TLS handshake for each connection, resumed where it can be."""

    def __init__(self, core, folder, origin):
        super().__init__("stunnel")
        folder = Path(folder)
        folder.mkdir()
        far, near = free_port(), free_port()
        certificate, key = make_certificate(folder)
        proof = f"cert = {certificate}\nkey = {key}"
        for name, client, accept, connect, more in (("far", "no", far, origin.port, proof), ("near", "yes", near, far, "")):
            config = folder / f"{name}.conf"
            config.write_text(STUNNEL.format(client=client, accept=accept, connect=connect, more=more), encoding="utf-8")
            self.ends.append(Server(core, ["stunnel4", config], folder, name))
            self.wait_until_open(accept)
        self.flags = ["--port", near]


NGINX = """
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
user root;
worker_processes 1;
worker_rlimit_nofile 65536;
pid {home}/{name}.pid;
error_log {home}/{name}.log warn;
events {{ worker_connections 16384; }}
stream {{
  proxy_buffer_size 64k;
  tcp_nodelay on;
  server {{
    listen 127.0.0.1:{accept}{ssl};
    proxy_pass 127.0.0.1:{connect};
    {more}
  }}
}}
"""


class NginxPair(Pair):
    """nginx as a TLS pair of streams, with sessions that are resumed; to one fixed place as well."""

    def __init__(self, core, folder, origin):
        super().__init__("nginx stream")
        folder = Path(folder)
        folder.mkdir()
        far, near = free_port(), free_port()
        certificate, key = make_certificate(folder)
        proof = (f"ssl_certificate {certificate}; ssl_certificate_key {key}; ssl_protocols TLSv1.3; ssl_session_cache shared:bench:10m; "
                 "ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;")
        asks = "proxy_ssl on; proxy_ssl_protocols TLSv1.3;"
        for name, accept, connect, ssl, more in (("far", far, origin.port, " ssl", proof), ("near", near, far, "", asks)):
            config = folder / f"{name}.conf"
            config.write_text(NGINX.format(home=folder, name=name, accept=accept, connect=connect, ssl=ssl, more=more), encoding="utf-8")
            self.ends.append(Server(core, ["nginx", "-p", folder, "-c", config, "-e", folder / f"{name}.log"], folder, name))
            self.wait_until_open(accept)
        self.flags = ["--port", near]
