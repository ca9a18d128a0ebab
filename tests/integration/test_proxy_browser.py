"""Headless Chromium through the local proxy: a page with many parts, a WebSocket, seeking in a video, and the proxy's status page."""

import json
import struct
import threading
import unittest
from decimal import Decimal

from ferry_test import HOST, ProxyCase, echo_messages, pattern_bytes, relay_chunks

CHUNK = 256 * 1024
PARTS = 60

PAGE = """<!doctype html><title>parts</title><body><script>
const results = {parts: 0, bytes: 0, echoed: "", errors: []};
const part = async (i) => {
  const answer = await fetch("/part/" + i);
  const body = await answer.arrayBuffer();
  results.bytes += body.byteLength;
  results.parts += answer.status === 200 ? 1 : 0;
};
const socket = () => new Promise((done, failed) => {
  const ws = new WebSocket("ws://HOST:SOCKET/");
  ws.onopen = () => ws.send("hello through the relay");
  ws.onmessage = (event) => { results.echoed = event.data; ws.close(); };
  ws.onclose = done;
  ws.onerror = () => failed("WebSocket");
});
const work = [...Array(PARTS).keys()].map(part).concat(socket());
Promise.allSettled(work).then((all) => {
  results.errors = all.filter((one) => one.status === "rejected").map((one) => String(one.reason));
  return fetch("/report", {method: "POST", body: JSON.stringify(results)});
});
</script>"""

VIDEO_PAGE = """<!doctype html><title>video</title><video id="v" preload="metadata" muted src="/film.wav"></video><script>
const v = document.getElementById("v");
const report = (what) => fetch("/report", {method: "POST", body: JSON.stringify(what)});
v.onloadedmetadata = () => { v.currentTime = 300; };
v.onseeked = () => report({duration: v.duration, at: v.currentTime, ready: v.readyState});
v.onerror = () => report({error: v.error.message});
</script>"""


def silent_film(seconds):
    """A medium of a known length that every browser plays: PCM, 16 bit, stereo, 44.1 kHz."""
    rate = 44_100 * 4
    size = seconds * rate
    head = b"RIFF" + struct.pack("<I", size + 36) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 2, 44_100, rate, 4, 16) + b"data" + struct.pack("<I", size)
    return head + bytes(size)


class BrowserCase(ProxyCase):
    def setUp(self):
        super().setUp()
        self.reports = []
        self.reported = threading.Event()
        self.pages = {}
        self.asked = []
        self.web = self.serve_tcp(self.serve)
        self.proxy = self.start_proxy("--deposit", "50000")

    def serve(self, connection):
        """GET from `pages`, with ranges; POST is a report."""
        stream = connection.makefile("rb")
        while line := stream.readline():
            method, path, _ = line.decode().split(" ", 2)
            headers = {}
            while (field := stream.readline()) not in (b"\r\n", b""):
                name, value = field.decode().split(":", 1)
                headers[name.lower()] = value.strip()
            self.asked.append((method, path, headers))
            if method == "POST":
                self.reports.append(json.loads(stream.read(int(headers["content-length"]))))
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                self.reported.set()
                continue
            kind, body = self.pages.get(path, (None, b""))
            status, more, part = ("200 OK" if kind else "404 Not Found"), "", body
            if kind and headers.get("range", "").startswith("bytes="):
                first, last = headers["range"].removeprefix("bytes=").split("-")
                first, last = int(first), min(int(last or len(body) - 1), len(body) - 1)
                status, more, part = "206 Partial Content", f"Content-Range: bytes {first}-{last}/{len(body)}\r\n", memoryview(body)[first:last + 1]
            connection.sendall(f"HTTP/1.1 {status}\r\nContent-Type: {kind or 'text/plain'}\r\nContent-Length: {len(part)}\r\nETag: \"v1\"\r\n"
                               f"Accept-Ranges: bytes\r\n{more}\r\n".encode())
            if method == "GET":
                connection.sendall(part)

    def browser(self, url, *flags):
        return ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions", "--no-default-browser-check",
                "--disable-features=OptimizationHints,MediaRouter,Translate", "--disable-dev-shm-usage", "--mute-audio",
                f"--user-data-dir={self.path('profile')}", f"--proxy-server={self.proxy.url}", *flags, url]

    def visit(self, path):
        """Opens the page and waits for what its script reports."""
        self.path("home").mkdir(exist_ok=True)
        window = self.start_process(self.browser(self.url(self.web, path), "--remote-debugging-port=0"), "chromium",
                                    {"PATH": "/usr/bin:/bin", "HOME": str(self.path("home")), "LC_ALL": "C.UTF-8"})
        if not self.reported.wait(60):
            raise AssertionError(f"the page reported nothing; asked for: {self.asked[-20:]}\n{window.stderr()[-3000:]}")
        window.kill()
        return self.reports[-1]


class PageTest(BrowserCase):
    def test_a_page_with_sixty_parts_and_a_websocket(self):
        socket = self.serve_tcp(echo_messages)
        self.pages["/"] = ("text/html", PAGE.replace("HOST", HOST).replace("SOCKET", str(socket.port)).replace("PARTS", str(PARTS)).encode())
        for i in range(PARTS):
            self.pages[f"/part/{i}"] = ("application/octet-stream", pattern_bytes(10_000 + i, seed=str(i)))
        report = self.visit("/")
        self.assertEqual(report, {"parts": PARTS, "bytes": sum(10_000 + i for i in range(PARTS)), "echoed": "hello through the relay", "errors": []})
        self.assertGreater(self.proxy.spent(), 0)
        hosts = {row["name"] for row in self.proxy.status()["hosts_today"]}
        self.assertIn(HOST, hosts)

    def test_seeking_in_a_video_costs_what_is_shown(self):
        self.pages["/"] = ("text/html", VIDEO_PAGE.encode())
        film = silent_film(600)
        self.pages["/film.wav"] = ("audio/wav", film)
        report = self.visit("/")
        self.assertEqual((round(report.get("duration", 0)), round(report.get("at", 0))), (600, 300), report)
        ranges = [headers.get("range") for method, path, headers in self.asked if path == "/film.wav"]
        self.assertTrue(any(text and not text.startswith("bytes=0-") for text in ranges), f"no seek reached the origin: {ranges}")
        charged, whole = relay_chunks(self.relay), len(film) // CHUNK
        print(f"    a seek to the middle of {whole} chunks cost {charged:.0f}", flush=True)
        self.assertLess(charged, whole / 2)


class StatusPageTest(BrowserCase):
    def test_the_status_page_is_drawn_and_tells_what_was_spent(self):
        self.pages["/file"] = ("application/octet-stream", pattern_bytes(3 * CHUNK))
        self.curl("-x", self.proxy.url, "-o", "/dev/null", self.url(self.web, "/file"))
        spent = self.proxy.spent()
        self.assertGreater(spent, 0)
        done = self.run_client(*self.browser("http://ferry.local/", f"--screenshot={self.path('status.png')}", "--window-size=1200,1400", "--dump-dom"))
        page = done.stdout.decode()
        self.assertIn("Spent today", page, done.stderr[-2000:])
        self.assertIn(f'title="{spent} BTT"', page)
        self.assertIn(HOST, page)
        self.assertIn("<rect", page, "nothing is plotted")
        picture = self.path("status.png").read_bytes()
        self.assertEqual(picture[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(struct.unpack("!II", picture[16:24]), (1200, 1400))
        self.assertGreater(len(picture), 10_000, "the picture is nearly empty")
        self.assertEqual(Decimal(self.proxy.spent()), spent, "looking at the page costs nothing")


if __name__ == "__main__":
    unittest.main()
