from tree import TreeCase

import check_text


class TextTest(TreeCase):
    def found(self, text, path="docs/x.md"):
        self.write(path, text)
        return check_text.violations(self.root)

    def test_a_home_directory_is_found_with_its_line(self):
        self.assert_finds(self.found("one\nsee /" + "home/somebody/x\n"), "docs/x.md:2:", "one machine")

    def test_a_fixed_temporary_path_is_found(self):
        self.assert_finds(self.found("cd /" + "tmp/x\n"), "mktemp")

    def test_urls_and_relative_paths_are_free(self):
        self.assertEqual(self.found("https://example.com/home/x a/home/b ${TMPDIR:-/tmp}/x\n"), [])

    def test_a_note_of_unfinished_work_is_found(self):
        self.assert_finds(self.found("// TO" + "DO later\n", "relay/x.cpp"), "TO" + "DO")
        self.assert_finds(self.found("// FIX" + "ME later\n", "relay/x.cpp"), "FIX" + "ME")

    def test_a_test_may_not_sleep_but_a_program_may(self):
        sleep = "time.slee" + "p(1)\n"
        self.assert_finds(self.found(sleep, "tests/integration/x.py"), "waits for an event")
        (self.root / "tests/integration/x.py").unlink()
        self.assertEqual(self.found(sleep, "examples/x.py"), [])

    def test_binary_files_are_skipped(self):
        self.assertEqual(self.found(b"\0/" + b"home/x/", "tests/data/blob"), [])
