"""A Metalink document that the user trusts: the file comes from whichever of its places has the right one."""

import hashlib
import unittest

from ferry_test import FerryCase, pattern_bytes

CHUNK = 256 * 1024


class MetalinkTest(FerryCase):
    def setUp(self):
        super().setUp()
        self.origin = self.start_origin()
        self.body = pattern_bytes(2 * CHUNK + 9)
        self.origin.serve("/right", self.body)
        self.origin.serve("/missing", b"no such thing", status=404)
        self.origin.serve("/longer", self.body + b"x")
        self.origin.serve("/forged", b"x" + self.body[1:])
        self.relay = self.start_relay()

    def document(self, *paths, names=("file.bin",), with_checksum=True):
        urls = "".join(f'<url priority="{place + 1}">{self.origin.url(path)}</url>' for place, path in enumerate(paths))
        about = f"<size>{len(self.body)}</size>"
        if with_checksum:
            about += f'<hash type="sha-256">{hashlib.sha256(self.body).hexdigest()}</hash>'
        files = "".join(f'<file name="{name}">{about}{urls}</file>' for name in names)
        self.path("file.meta4").write_text(f'<?xml version="1.0"?>\n<metalink xmlns="urn:ietf:params:xml:ns:metalink">{files}</metalink>\n')
        return self.path("file.meta4")

    def get(self, metalink, *flags):
        return self.ferry("get", "--metalink", metalink, "--relay", self.relay.reference, "-o", self.path("out"), *flags)

    def test_places_that_have_not_the_right_file_are_passed_over(self):
        result = self.get(self.document("/missing", "/longer", "/forged", "/right"), "--json", "--verify", "origin-digest")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.path("out").read_bytes(), self.body)
        receipt = result.json()
        self.assertEqual(receipt["url"], self.origin.url("/right"))
        self.assertEqual(receipt["verification"], "origin-digest")
        for path, why in (("/missing", "status 404"), ("/longer", "where the metalink says"), ("/forged", "SHA-256")):
            self.assertIn(why, next(line for line in result.stderr.splitlines() if self.origin.url(path) in line))

    def test_without_a_right_one_nothing_is_left_under_the_final_name(self):
        result = self.get(self.document("/forged"))
        self.assertEqual(result.code, 1, result)
        self.assertIn("SHA-256", result.stderr)
        self.assertFalse(self.path("out").exists())

    def test_what_was_written_to_standard_output_is_not_followed_by_another_place(self):
        metalink = self.document("/missing", "/forged", "/right")
        result = self.ferry("get", "--metalink", metalink, "--relay", self.relay.reference, "-o", "-")
        self.assertEqual(result.code, 1, result)
        self.assertEqual(result.stderr.count("trying the next place"), 1, result)  # nothing of an error page was written
        self.assertIn("SHA-256", result.stderr.splitlines()[-1])

    def test_a_url_of_ones_own_is_held_to_the_document(self):
        metalink = self.document("/missing")
        self.assertEqual(self.get(metalink, self.origin.url("/longer")).code, 1)
        self.assertFalse(self.path("out").exists())
        self.assertEqual(self.get(metalink, self.origin.url("/right")).code, 0)
        self.assertEqual(self.path("out").read_bytes(), self.body)

    def test_what_a_document_does_not_say_is_asked_for(self):
        def check_refused(metalink, why):
            result = self.get(metalink)
            self.assertEqual(result.code, 2, result)
            self.assertIn(why, result.stderr)

        two = ("a.bin", "b.bin")
        check_refused(self.document("/right", names=two), "--metalink-name: a.bin b.bin")
        self.assertEqual(self.get(self.document("/right", names=two), "--metalink-name", "b.bin").code, 0)
        check_refused(self.document("/right", with_checksum=False), "verifies nothing")
        check_refused(self.document(), "name one")
        check_refused(self.path("none"), "cannot be read")
        self.path("file.meta4").write_text("<html></html>")
        self.assertIn("no metalink document", self.get(self.path("file.meta4")).stderr)
        alone = self.ferry("get", "--relay", self.relay.reference)
        self.assertEqual(alone.code, 2)
        self.assertIn("Name a URL", alone.stderr)


if __name__ == "__main__":
    unittest.main()
