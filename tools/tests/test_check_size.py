from tree import TreeCase

import check_size


class SizeTest(TreeCase):
    def test_a_file_at_the_limit_passes_and_one_line_more_does_not(self):
        self.write("relay/at.cpp", "\n" * check_size.LIMIT)
        self.write("relay/over.cpp", "\n" * (check_size.LIMIT + 1))
        self.assert_finds(check_size.too_large(check_size.line_counts(self.root)), "relay/over.cpp", "401")

    def test_documents_and_vectors_do_not_count(self):
        self.write("docs/long.md", "\n" * 1000)
        self.write("tests/vectors/bep52.hpp", "\n" * 1000)
        self.assertEqual(check_size.line_counts(self.root), [])

    def test_a_script_without_suffix_counts(self):
        self.write("demo", "#!/bin/sh\n")
        self.write("LICENSE", "text\n")
        self.assertEqual(check_size.line_counts(self.root), [(1, "demo")])

    def test_percentiles_are_values_of_the_list(self):
        values = list(range(1, 11))
        self.assertEqual(check_size.percentile(values, 50), 5)
        self.assertEqual(check_size.percentile(values, 90), 9)
        self.assertEqual(check_size.percentile([7], 90), 7)
