"""Programs that nobody wrote for Ferry, through the local proxy: wget, git, ssh, and curl to an nginx that speaks HTTP/2."""

import getpass
import hashlib
import os
import socket
import ssl
import unittest
from pathlib import Path

from ferry_test import HOST, GitServer, ProxyCase, pattern_bytes


def unused_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class WgetTest(ProxyCase):
    def test_wget_by_its_environment(self):
        origin = self.start_origin()
        body = pattern_bytes(2 << 20)
        origin.serve("/file", body, etag='"v1"')
        proxy = self.start_proxy()
        env = {"http_proxy": proxy.url, "https_proxy": proxy.url}
        done = self.run_client("wget", "-nv", "-O", self.path("file"), self.url(origin, "/file"), env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.path("file").read_bytes(), body)
        self.path("file").write_bytes(body[:1_000_000])
        done = self.run_client("wget", "-nv", "-c", "-O", self.path("file"), self.url(origin, "/file"), env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.path("file").read_bytes(), body)
        missing = self.run_client("wget", "-nv", "-O", "/dev/null", self.url(origin, "/missing"), env=env)
        self.assertEqual(missing.returncode, 8, missing.stderr)


class GitTest(ProxyCase):
    def setUp(self):
        super().setUp()
        self.work = self.path("work")
        self.repositories = self.path("repositories")
        self.repositories.mkdir()
        self.git("init", "-q", "-b", "main", self.work)
        (self.work / "large").write_bytes(pattern_bytes(3 << 20))
        (self.work / "README").write_text("hello\n", encoding="ascii")
        self.git("-C", self.work, "add", ".")
        self.git("-C", self.work, "-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "-q", "-m", "first")
        self.git("clone", "-q", "--bare", self.work, self.repositories / "project.git")
        self.git("-C", self.repositories / "project.git", "config", "http.receivepack", "true")

    def git(self, *arguments):
        done = self.run_client("git", *arguments, env={"GIT_TERMINAL_PROMPT": "0"})
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout.decode().strip()

    def serve(self, tls=None):
        server = GitServer(self.repositories, tls)
        self.addCleanup(server.close)
        return server

    def clone_and_push(self, url, *settings):
        self.git(*settings, "clone", "-q", url, self.path("clone"))
        self.assertEqual((self.path("clone") / "large").read_bytes(), pattern_bytes(3 << 20))
        (self.path("clone") / "more").write_bytes(pattern_bytes(1 << 20, seed="more"))
        self.git("-C", self.path("clone"), "add", ".")
        self.git("-C", self.path("clone"), "-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "-q", "-m", "second")
        self.git(*settings, "-C", self.path("clone"), "push", "-q", "origin", "main")
        self.assertEqual(self.git("-C", self.repositories / "project.git", "log", "-1", "--format=%s", "main"), "second")

    def test_clone_and_push_over_http(self):
        server = self.serve()
        proxy = self.start_proxy()
        self.clone_and_push(self.url(server, "/project.git"), "-c", f"http.proxy={proxy.url}")

    def test_clone_and_push_over_https_and_socks(self):
        certificate, key = self.certificate()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = self.serve(context)
        proxy = self.start_proxy()
        self.clone_and_push(self.url(server, "/project.git", "https"), "-c", f"http.proxy=socks5h://{proxy.place}", "-c", "http.sslVerify=false")
        again = ["-c", f"http.proxy={proxy.url}", "-c", "http.sslVerify=false"]
        self.git(*again, "clone", "-q", self.url(server, "/project.git", "https"), self.path("again"))


class SshTest(ProxyCase):
    def start_sshd(self):
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where the package puts it when a machine starts
        for name in ("host-key", "user-key"):
            made = self.run_client("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path(name))
            self.assertEqual(made.returncode, 0, made.stderr)
        port = unused_port()
        self.path("sshd_config").write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {self.path('host-key')}\nAuthorizedKeysFile {self.path('user-key')}.pub\n"
            f"PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\nUseDNS no\n", encoding="ascii")
        daemon = self.start_process(["/usr/sbin/sshd", "-D", "-e", "-f", self.path("sshd_config")], "sshd")
        while "Server listening" not in daemon.stderr():
            self.assertTrue(daemon.is_running(), daemon.stderr())
        return port

    def test_ssh_over_connect_and_socks(self):
        port = self.start_sshd()
        proxy = self.start_proxy(relay=self.start_exit(exit_allow=(f"127.0.0.1/32:{port}",)))
        body = pattern_bytes(1 << 20)
        for way in ("connect", "5"):
            with self.subTest(way):
                done = self.run_client("ssh", "-F", "none", "-T", "-p", port, "-i", self.path("user-key"), "-o", f"ProxyCommand=nc -X {way} -x {proxy.place} %h %p",
                                       "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
                                       f"{getpass.getuser()}@{HOST}", "echo hello; cat", input=body)
                self.assertEqual(done.returncode, 0, done.stderr.decode())
                self.assertEqual(hashlib.sha256(done.stdout).digest(), hashlib.sha256(b"hello\n" + body).digest())
        proxy.wait_for_no_tunnels()


class NginxTest(ProxyCase):
    """HTTP/2 and 50 transfers at once, from a server as one meets it outside."""

    def start_nginx(self):
        certificate, key = self.certificate()
        root = self.path("www")
        root.mkdir()
        (root / "file").write_bytes(pattern_bytes(2 << 20))
        for i in range(50):
            (root / str(i)).write_bytes(pattern_bytes(30_000, seed=str(i)))
        port, tls_port = unused_port(), unused_port()
        temporary = "".join(f"    {name}_temp_path {self.folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        user = f"user {getpass.getuser()};\n" if os.geteuid() == 0 else ""
        self.path("nginx.conf").write_text(f"""{user}daemon off;
pid {self.folder}/nginx.pid;
error_log stderr notice;
events {{}}
http {{
    log_format requests '$server_protocol $status $request';
    access_log {self.folder}/requests requests;
{temporary}    server {{
        listen 127.0.0.1:{port};
        listen 127.0.0.1:{tls_port} ssl http2;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        root {root};
    }}
}}
""", encoding="ascii")
        server = self.start_process(["nginx", "-p", self.folder, "-e", "stderr", "-c", self.path("nginx.conf")], "nginx")
        while "start worker process" not in server.stderr():
            self.assertTrue(server.is_running(), server.stderr())
        return port, tls_port

    def test_http2_over_connect_and_socks(self):
        _, port = self.start_nginx()
        proxy = self.start_proxy()
        url = f"https://{HOST}:{port}"
        for way in (("-x", proxy.url), ("--socks5-hostname", proxy.place), ("--socks4a", proxy.place)):
            with self.subTest(way):
                got = self.curl("-k", "--http2", "-w", "%{http_version}", *way, url + "/file")
                self.assertEqual(got, pattern_bytes(2 << 20) + b"2")
        many = [part for i in range(50) for part in ("-o", self.path(f"got-{i}"), f"{url}/{i}")]
        self.curl("-k", "--http2", "-Z", "--parallel-max", "50", "-x", proxy.url, *many)
        for i in range(50):
            self.assertEqual(self.path(f"got-{i}").read_bytes(), pattern_bytes(30_000, seed=str(i)))

    def test_a_relay_fetches_over_http2(self):
        _, port = self.start_nginx()
        relay = self.start_exit("--ca-file", self.certificate()[0])
        done = self.ferry("get", f"https://{HOST}:{port}/file", "--relay", relay.reference, "-o", self.path("out"), "--json")
        self.assertEqual(done.code, 0, done)
        self.assertEqual(self.path("out").read_bytes(), pattern_bytes(2 << 20))
        requests = self.path("requests").read_text(encoding="ascii").splitlines()
        self.assertTrue(requests)
        for request in requests:
            self.assertRegex(request, r"^HTTP/2\.0 20[06] GET /file")

    def test_plain_http_from_nginx(self):
        port, _ = self.start_nginx()
        proxy = self.start_proxy()
        self.assertEqual(self.curl("-x", proxy.url, f"http://{HOST}:{port}/file"), pattern_bytes(2 << 20))
        self.assertEqual(self.curl("-x", proxy.url, "-r", "-100", f"http://{HOST}:{port}/file"), pattern_bytes(2 << 20)[-100:])
        self.assertEqual(self.curl("-x", proxy.url, "--compressed", f"http://{HOST}:{port}/1"), pattern_bytes(30_000, seed="1"))


if __name__ == "__main__":
    unittest.main()
