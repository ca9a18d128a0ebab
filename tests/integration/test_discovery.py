"""Finding relays: through the DHT, through each other, and although somebody fills both with lies."""

import hashlib
import http.client
import random
import ssl
import subprocess
import time
import unittest

from ferry_test import DhtNodes, DiscoveryCase, RELAYS_KEY, TcpServer, compact, pattern_bytes

RELAYS = 10


def descriptor_of(relay):
    """What a relay says about itself, and its proof for this connection."""
    connection = http.client.HTTPSConnection(relay.reference.split("@")[1], timeout=20, context=ssl._create_unverified_context())
    connection.request("GET", "/descriptor")
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return body, answer.headers["Ferry-Proof"]


class DiscoveryTest(DiscoveryCase):
    def start_ten(self):
        first = self.start_finder("relay0", flags=("--family", "f0", "--region", "de"))
        others = [self.start_finder(f"relay{i}", first.ready["dht"], flags=("--family", f"f{i}")) for i in range(1, RELAYS)]
        relays = [first, *others]
        for relay in relays:
            self.eventually(lambda relay=relay: self.met(relay) == RELAYS - 1, f"{relay.data.name} has met nine others")
        return relays

    def test_ten_relays_find_each_other_and_a_client_finds_them_through_one(self):
        relays = self.start_ten()
        with self.subTest("a client that knows one relay finds the others"):
            listed = self.listed("--discover", "--relay", relays[3].reference)
            self.assertEqual(set(listed), {relay.reference for relay in relays})
            entry = listed[relays[0].reference]
            self.assertEqual((entry["described"]["family"], entry["described"]["region"]), ("f0", "de"))
            self.assertEqual((entry["named"], listed[relays[3].reference]["named"]), (False, True))
            self.assertTrue(all(entry["connected"] for entry in listed.values()))

        with self.subTest("the network outlives the node that it began with"):
            relays[0].kill()
            late = self.start_finder("late", relays[5].ready["dht"])
            self.eventually(lambda: self.met(late) >= RELAYS - 1, "a relay that comes later has met those that are left")
            # One that was there before comes back with what it kept, and nobody to begin with.
            relays[7].stop()
            relays[7].flags = [flag for flag in relays[7].flags if flag not in ("--dht-bootstrap", relays[0].ready["dht"])]
            relays[7].restart()
            self.eventually(lambda: self.met(relays[7]) > 0, "a relay that comes back meets others")

        with self.subTest("a client fetches through relays that it was never given"):
            relays[3].kill()
            origin = self.start_origin()
            origin.serve("/file", pattern_bytes(300_000))
            result = self.ferry("get", origin.url("/file"), "--discover", "--budget", "1000", "-o", self.path("file"), "--json")
            self.assertEqual(result.code, 0, result)
            self.assertEqual(self.path("file").read_bytes(), pattern_bytes(300_000))

    def test_a_relay_without_the_dht_tells_of_itself(self):
        relay = self.start_relay("--region", "fr")
        self.assertIsNone(relay.ready["dht"])
        listed = self.listed("--bootstrap", relay.reference)
        self.assertEqual(listed[relay.reference]["described"]["region"], "fr")


class PoisonTest(DiscoveryCase):
    def start_nodes(self, peers):
        nodes = DhtNodes(peers)
        self.addCleanup(nodes.close)
        return nodes

    def test_thousands_of_fake_peers_cost_bounded_probes_and_no_money(self):
        trap = TcpServer(lambda connection: connection.recv(1))
        self.addCleanup(trap.close)
        drawn = random.Random(7)
        first = self.start_finder("first")
        victim = self.start_finder("victim", first.ready["dht"])
        self.eventually(lambda: self.met(victim) == 1, "the victim has met the first relay")

        def lies():
            # A listener that answers nothing, many addresses of this machine, somebody's private network, a mail server.
            return [compact("127.0.0.1", trap.port), *(compact("127.%d.%d.1" % (drawn.randrange(256), drawn.randrange(256)), drawn.randrange(1024, 65536)) for _ in range(60)),
                    *(compact("10.0.0.%d" % drawn.randrange(1, 255), 8443) for _ in range(20)), compact("127.0.0.1", 25)]

        nodes = self.start_nodes(lies)
        victim.stop()
        victim.restart(*(part for address in nodes.addresses() for part in ("--dht-bootstrap", address)))
        told = self.eventually(lambda: nodes.told >= 3000 and victim.metrics(), "thousands of lies were told")
        probes = told['ferry_relay_probes_total{result="failed"}'] + told['ferry_relay_probes_total{result="met"}']
        self.assertGreater(told['ferry_relay_dht_peers_total{result="refused"}'], 100)
        # A minute's number at once, then one a second.
        self.assertLessEqual(probes, 60 + time.time() - told["ferry_relay_start_time_seconds"])

        origin = self.start_origin()
        origin.serve("/file", pattern_bytes(300_000))
        result = self.ferry("get", origin.url("/file"), "--bootstrap", victim.reference, "--budget", "1000", "-o", self.path("file"), "--json")
        self.assertEqual(result.code, 0, result)
        listed = self.listed("--discover", "--relay", victim.reference)
        self.assertLessEqual(set(listed), {first.reference, victim.reference})

    def test_objects_that_are_held_are_announced_under_their_roots(self):
        nodes = self.start_nodes(lambda: [])
        relay = self.start_finder("relay", *nodes.addresses())
        port = int(relay.reference.rsplit(":", 1)[1])
        self.eventually(lambda: (RELAYS_KEY, port) in nodes.announced, "the relay is announced under the key of relays")
        origin = self.start_origin()
        origin.serve("/file", pattern_bytes(600_000), headers={"Cache-Control": "max-age=600"})
        result = self.ferry("get", origin.url("/file"), "--relay", relay.reference, "-o", self.path("file"), "--json")
        self.assertEqual(result.code, 0, result)
        key = hashlib.sha256(b"ferry.1 holders of" + bytes.fromhex(result.json()["root"])).digest()[:20]
        self.eventually(lambda: (key, port) in nodes.announced, "the object is announced under the key of its root")

    def test_content_by_its_root_comes_from_a_holder_that_the_client_never_heard_of(self):
        first = self.start_finder("relay0")
        holder = self.start_finder("relay1", first.ready["dht"])
        self.eventually(lambda: self.met(first) == 1 and self.met(holder) == 1, "both have met")
        body = pattern_bytes(600_000)
        origin = self.start_origin()
        origin.serve("/file", body, headers={"Cache-Control": "max-age=600"})
        fetched = self.ferry("get", origin.url("/file"), "--relay", holder.reference, "-o", self.path("file"), "--json", data="another")
        self.assertEqual(fetched.code, 0, fetched)

        def get():
            result = self.ferry("get", f"root:{fetched.json()['root']}", "--bootstrap", first.reference, "--budget", "1000", "-o", self.path("by-root"), "--json")
            return result if result.code == 0 else None

        result = self.eventually(get, "the holder is found")
        self.assertEqual(self.path("by-root").read_bytes(), body)
        self.assertEqual([entry["relay"] for entry in result.json()["relays"] if entry["chunks"]], [holder.reference])

    def test_who_shows_anothers_descriptor_or_garbage_is_nobody(self):
        honest = self.start_finder("honest")
        body, proof = descriptor_of(honest)
        answers = {
            "another's descriptor with its proof of another connection": (body, proof),
            "another's descriptor without proof": (body, ""),
            "garbage": (b"\xc1" * 300, proof),
            "more than anybody reads": (b"x" * 100_000, proof),
            "nothing": (b"", proof),
        }
        context = self.server_context()
        liars = []
        for answer in answers.values():
            def serve(connection, answer=answer):
                connection.recv(4096)
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer[0])}\r\nFerry-Proof: {answer[1]}\r\n\r\n"
                connection.sendall(head.encode() + answer[0])
            liars.append(TcpServer(serve, tls=context))
            self.addCleanup(liars[-1].close)
        nodes = self.start_nodes(lambda: [compact("127.0.0.1", liar.port) for liar in liars])
        relay = self.start_finder("relay", *nodes.addresses())
        self.eventually(lambda: relay.metrics()['ferry_relay_probes_total{result="failed"}'] >= len(answers), "all liars were asked")
        self.assertEqual(self.met(relay), 0)
        self.assertEqual(list(self.listed("--discover", "--relay", relay.reference)), [relay.reference])

    def server_context(self):
        key, certificate = self.path("key.pem"), self.path("certificate.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
                        "-days", "2", "-subj", "/CN=liar"], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context


if __name__ == "__main__":
    unittest.main()
