"""The origin that the other tests rely on does what it is told."""

import http.client

from ferry_test import FerryCase, Gate, pattern_bytes

BODY = pattern_bytes(200_000)


class OriginTest(FerryCase):
    def setUp(self):
        super().setUp()
        self.origin = self.start_origin()

    def connect(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.origin.port, timeout=30)
        self.addCleanup(connection.close)
        return connection

    def ask(self, path="/file", method="GET", **headers):
        """(answer, body); underscores in header names stand for hyphens."""
        connection = self.connect()
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer, answer.read()

    def test_a_file_is_served_with_its_length_and_logged(self):
        self.origin.serve("/file", BODY, etag='"a"')
        answer, body = self.ask(X_Mark="7")
        self.assertEqual((answer.status, answer.getheader("Content-Length"), body), (200, str(len(BODY)), BODY))
        (request,) = self.origin.requests("/file")
        self.assertEqual((request.method, request.status, request.headers["x-mark"]), ("GET", 200, "7"))

    def test_connections_are_kept(self):
        self.origin.serve("/file", b"one")
        connection = self.connect()
        for _ in range(3):
            connection.request("GET", "/file")
            self.assertEqual(connection.getresponse().read(), b"one")
        self.assertEqual(len(self.origin.requests()), 3)

    def test_an_unknown_path_is_404(self):
        self.assertEqual(self.ask("/nothing")[0].status, 404)

    def test_a_head_request_gets_no_body(self):
        self.origin.serve("/file", BODY)
        answer, body = self.ask(method="HEAD")
        self.assertEqual((answer.status, answer.getheader("Content-Length"), body), (200, str(len(BODY)), b""))

    def test_a_range_is_cut_out(self):
        self.origin.serve("/file", BODY)
        for text, first, end in [("bytes=0-0", 0, 1), ("bytes=5-", 5, 200_000), ("bytes=-7", 199_993, 200_000),
                                 ("bytes=100-999999", 100, 200_000)]:
            with self.subTest(text):
                answer, body = self.ask(Range=text)
                self.assertEqual((answer.status, body), (206, BODY[first:end]))
                self.assertEqual(answer.getheader("Content-Range"), f"bytes {first}-{end - 1}/200000")

    def test_a_range_beyond_the_end_is_416(self):
        self.origin.serve("/file", BODY)
        answer, _ = self.ask(Range="bytes=200000-")
        self.assertEqual((answer.status, answer.getheader("Content-Range")), (416, "bytes */200000"))

    def test_without_range_support_the_whole_is_sent(self):
        self.origin.serve("/file", BODY, ranges=False)
        answer, body = self.ask(Range="bytes=0-9")
        self.assertEqual((answer.status, answer.getheader("Accept-Ranges"), len(body)), (200, None, len(BODY)))

    def test_if_range_with_another_validator_sends_the_whole(self):
        self.origin.serve("/file", BODY, etag='"b"')
        self.assertEqual(self.ask(Range="bytes=0-9", If_Range='"b"')[0].status, 206)
        self.assertEqual(self.ask(Range="bytes=0-9", If_Range='"a"')[0].status, 200)

    def test_a_weak_validator_never_satisfies_if_range(self):
        self.origin.serve("/file", BODY, etag='W/"b"')
        self.assertEqual(self.ask(Range="bytes=0-9", If_Range='W/"b"')[0].status, 200)

    def test_conditions_are_answered_with_304(self):
        date = "Wed, 21 Oct 2015 07:28:00 GMT"
        self.origin.serve("/file", BODY, etag='"a"', last_modified=date)
        self.assertEqual(self.ask(If_None_Match='"a"')[0].status, 304)
        self.assertEqual(self.ask(If_None_Match='"b"')[0].status, 200)
        self.assertEqual(self.ask(If_Modified_Since=date)[0].status, 304)

    def test_a_list_of_validators_changes_with_each_request(self):
        self.origin.serve("/file", BODY, etag=['"a"', '"b"'])
        self.assertEqual([self.ask()[0].getheader("ETag") for _ in range(3)], ['"a"', '"b"', '"b"'])

    def test_chunked_hides_the_length(self):
        self.origin.serve("/file", BODY, chunked=True, piece=1000)
        answer, body = self.ask()
        self.assertEqual((answer.getheader("Content-Length"), answer.chunked, body), (None, True, BODY))

    def test_a_redirect_names_its_target(self):
        self.origin.serve("/old", redirect=self.origin.url("/file"), status=307)
        answer, _ = self.ask("/old")
        self.assertEqual((answer.status, answer.getheader("Location")), (307, self.origin.url("/file")))

    def test_a_gate_lets_pieces_pass_one_by_one(self):
        gate = Gate()
        self.origin.serve("/file", BODY, gate=gate, piece=50_000)
        connection = self.connect()
        connection.request("GET", "/file")
        answer = connection.getresponse()
        gate.wait_until_held()
        self.assertEqual(self.origin.requests()[0].sent, 0)
        gate.let(1)
        self.assertEqual(answer.read(50_000), BODY[:50_000])
        gate.wait_until_held()
        self.assertEqual(self.origin.requests()[0].sent, 50_000)
        gate.open()
        self.assertEqual(answer.read(), BODY[50_000:])

    def test_a_lie_about_the_length_goes_both_ways(self):
        self.origin.serve("/long", b"12345", claimed_length=10)
        with self.assertRaises(http.client.IncompleteRead) as caught:
            self.ask("/long")
        self.assertEqual(caught.exception.partial, b"12345")
        self.origin.serve("/short", b"12345", claimed_length=3)
        self.assertEqual(self.ask("/short")[1], b"123")

    def test_an_early_end_cuts_the_body(self):
        self.origin.serve("/file", BODY, end_after=70_000)
        with self.assertRaises(http.client.IncompleteRead) as caught:
            self.ask()
        self.assertEqual(caught.exception.partial, BODY[:70_000])

    def test_an_early_end_of_a_chunked_body_has_no_last_chunk(self):
        self.origin.serve("/file", BODY, end_after=70_000, chunked=True)
        with self.assertRaises(http.client.IncompleteRead):
            self.ask()

    def test_an_endless_body_goes_on_until_the_origin_closes(self):
        self.origin.serve("/file", b"abc", endless=True)
        connection = self.connect()
        connection.request("GET", "/file")
        answer = connection.getresponse()
        self.assertEqual(answer.read(3_000_000), b"abc" * 1_000_000)

    def test_a_header_of_a_megabyte_is_sent(self):
        self.origin.serve("/file", b"x", filler_header=1 << 20)
        with self.assertRaises(http.client.LineTooLong):
            self.ask()

    def test_waiting_for_requests_has_a_deadline(self):
        with self.assertRaisesRegex(AssertionError, "0 requests"):
            self.origin.wait_for_requests(1, deadline=0.05)
        self.origin.serve("/file", b"x")
        self.ask()
        self.assertEqual(self.origin.wait_for_requests(1, "/file")[0].path, "/file")
