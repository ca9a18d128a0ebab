"""Relays that check each other. A relay that lies is one whose name server leads it to an origin that lies: to a client it is the same."""

import json
import unittest

from ferry_test import FerryCase, NameServer, pattern_bytes

CHUNK = 256 * 1024
CACHEABLE = {"Cache-Control": "max-age=600"}


class QuorumCase(FerryCase):
    def setUp(self):
        super().setUp()
        self.origin = self.start_origin()
        # Elsewhere on this machine, at the same port: the same URL.
        self.lying_origin = self.start_origin("127.0.0.2", self.origin.port)

    def url(self, path):
        return f"http://origin.test:{self.origin.port}{path}"

    def serve(self, path, body, **switches):
        for origin in (self.origin, self.lying_origin):
            origin.serve(path, body, **{"headers": CACHEABLE, "etag": '"v1"', **switches})

    def start_relay_of(self, place, name):
        server = NameServer(place=place)
        self.addCleanup(server.close)
        return self.start_relay("--resolver", server.address, name=name)

    def start_relays(self, honest, liars=0):
        """Liars first, so that they are asked first."""
        self.liars = [self.start_relay_of("127.0.0.2", f"liar{i}") for i in range(liars)]
        self.honest = [self.start_relay_of("127.0.0.1", f"honest{i}") for i in range(honest)]
        self.relays = [*self.liars, *self.honest]

    def get(self, url, *flags, to="out", relays=None, data="client"):
        named = [part for relay in relays or self.relays for part in ("--relay", relay.reference)]
        return self.ferry("get", url, *named, "-o", self.path(to), "--json", *flags, data=data)

    def evidence(self):
        return self.ferry("evidence", "list", "--json").json()["records"]


class HonestTest(QuorumCase):
    def test_two_relays_vouch_for_a_file_and_the_witness_sends_no_byte_of_it(self):
        body = pattern_bytes(3 * CHUNK + 99)
        self.serve("/file", body)
        self.start_relays(honest=2)
        result = self.get(self.url("/file"), "--verify", "quorum=2")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.path("out").read_bytes(), body)
        receipt = result.json()
        self.assertEqual(receipt["verification"], "quorum 2/2")
        self.assertEqual(sorted((entry["chunks"], entry["witnessed"]) for entry in receipt["relays"]), [(0, 4), (4, 0)])
        self.assertEqual(self.honest[1].metrics()["ferry_relay_chunks_witnessed_total"], 4)
        self.assertEqual(self.honest[1].metrics()["ferry_relay_payload_bytes_total"], 0)
        # What the witness fetched it holds, and its word on that is nearly free.
        again = self.get(self.url("/file"), "--verify", "quorum=2", to="again").json()
        words = {entry["relay"]: entry for entry in again["relays"]}[self.honest[1].reference]
        self.assertLess(float(words["charged"]), 1 + 4 * 0.4)

    def test_one_relay_is_no_quorum(self):
        self.serve("/file", pattern_bytes(1000))
        self.start_relays(honest=1)
        result = self.get(self.url("/file"), "--verify", "quorum=2")
        self.assertEqual(result.code, 1)
        self.assertIn("name more relays", result.stderr)
        self.assertFalse(self.path("out").exists())

    def test_a_page_that_is_another_for_everybody_blames_nobody(self):
        for number, origin in enumerate((self.origin, self.lying_origin)):
            origin.serve("/page", pattern_bytes(500, f"page {number}"), etag=f'"{number}"')
        self.start_relays(honest=1, liars=1)
        strict = self.get(self.url("/page"), "--verify", "quorum=2")
        self.assertEqual(strict.code, 1)
        self.assertIn("quorum=2,relay", strict.stderr)
        lenient = self.get(self.url("/page"), "--verify", "quorum=2,relay")
        self.assertEqual(lenient.code, 0, lenient)
        self.assertEqual(lenient.json()["verification"], "relay")
        self.assertEqual(self.evidence(), [])


class LiarTest(QuorumCase):
    def assert_found_out(self, path, body):
        result = self.get(self.url(path), "--verify", "quorum=2")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.path("out").read_bytes(), body)
        self.assertTrue(result.json()["verification"].startswith("quorum 2/"), result)
        return result.json()

    def test_lies_about_one_object_are_outvoted_not_paid_kept_and_remembered(self):
        body = pattern_bytes(2 * CHUNK + 50)
        flipped = bytearray(body)
        flipped[CHUNK + 1234] ^= 1
        lies = {"flipped": bytes(flipped), "truncated": body[:CHUNK], "longer": body + b"x"}
        for name in lies:
            self.serve(f"/{name}", body)
            self.lying_origin.serve(f"/{name}", lies[name], headers=CACHEABLE, etag='"v1"')
        self.start_relays(honest=2, liars=1)
        for name in lies:
            with self.subTest(name):
                data = f"client-{name}"
                result = self.get(self.url(f"/{name}"), "--verify", "quorum=2", to=name, data=data)
                self.assertEqual(result.code, 0, result)
                self.assertEqual(self.path(name).read_bytes(), body)
                liar = {entry["relay"]: entry for entry in result.json()["relays"]}[self.liars[0].reference]
                # The chunk before the lie may have been agreed on and paid by then.
                self.assertLessEqual(liar["chunks"], 1 if name == "flipped" else 0)
                [record] = self.ferry("evidence", "list", "--json", data=data).json()["records"]
                self.assertEqual(record["code"], "chunk_outvoted")
                finding = self.ferry("evidence", "verify", record["file"], "--json", data="nobody")
                self.assertEqual(finding.code, 0, finding)
                self.assertEqual(len(finding.json()["statements"]), 3)
                # Not chosen again: another file comes without it.
                asked = self.liars[0].metrics()["ferry_relay_requests_total"]
                self.assertEqual(self.get(self.url("/flipped"), "--verify", "quorum=2", to="again", data=data).code, 0)
                self.assertEqual(self.liars[0].metrics()["ferry_relay_requests_total"], asked)

    def test_a_small_lie_leaves_signatures_that_show_who_was_outvoted(self):
        self.serve("/small", b"the truth")
        self.lying_origin.serve("/small", b"the trick", headers=CACHEABLE, etag='"v1"')
        self.start_relays(honest=2, liars=1)
        self.assert_found_out("/small", b"the truth")
        [record] = self.evidence()
        finding = self.ferry("evidence", "verify", record["file"], "--json").json()
        liar = self.liars[0].reference.removeprefix("ferry://").split("@")[0]
        self.assertEqual(finding["outvoted"], [liar], finding)
        # One letter of it changed, it shows nothing.
        changed = json.loads(open(record["file"], encoding="utf-8").read())
        changed["request"]["url"] += "x"
        self.path("changed.json").write_text(json.dumps(changed), encoding="utf-8")
        nothing = self.ferry("evidence", "verify", self.path("changed.json"), "--json").json()
        self.assertEqual(nothing["outvoted"], [])

    def test_another_objects_bytes_are_not_delivered(self):
        body = pattern_bytes(5000)
        self.serve("/new", body)
        self.lying_origin.serve("/new", pattern_bytes(4000, "old"), headers=CACHEABLE, etag='"v0"')
        self.start_relays(honest=2, liars=1)
        self.assert_found_out("/new", body)


class RootTest(QuorumCase):
    def test_content_by_its_root_from_who_holds_it_also_after_a_restart(self):
        body = pattern_bytes(2 * CHUNK + 5)
        self.serve("/file", body)
        self.start_relays(honest=2)
        holder, other = self.honest
        root = self.get(self.url("/file"), relays=[holder]).json()["root"]
        seen = len(self.origin.requests())
        result = self.get(f"root:{root}", "--verify", "content-address", relays=[other, holder], to="by-root")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.path("by-root").read_bytes(), body)
        self.assertEqual(result.json()["verification"], "content-address")
        self.assertEqual(holder.stop(), 0)
        holder.restart()
        magnet = self.get(f"magnet:?xt=urn:btmh:1220{root}&dn=file", relays=[holder], to="by-magnet")
        self.assertEqual(magnet.code, 0, magnet)
        self.assertEqual(self.path("by-magnet").read_bytes(), body)
        self.assertEqual(len(self.origin.requests()), seen, "the origin was asked for content")

    def test_what_is_private_has_no_root(self):
        self.serve("/private", b"for one", headers={"Cache-Control": "private, max-age=600"})
        self.start_relays(honest=1)
        root = self.get(self.url("/private")).json()["root"]
        result = self.get(f"root:{root}", to="stolen")
        self.assertEqual(result.code, 1)
        self.assertIn("does not hold", result.stderr)


if __name__ == "__main__":
    unittest.main()
