import os
import shutil
import subprocess
import unittest
from unittest import mock

from tree import TreeCase

import source_files


class SourceFilesTest(TreeCase):
    def setUp(self):
        super().setUp()
        self.write("relay/a.cpp")
        self.write("build/dev/made.cpp")
        self.write(".gitignore", "/build/\n")
        self.expected = [".gitignore", "relay/a.cpp"]

    @unittest.skipUnless(shutil.which("git"), "git is not installed")
    def test_git_says_what_belongs_to_the_project(self):
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)
        self.assertEqual(source_files.project_files(self.root), self.expected)

    def test_without_git_all_files_but_builds_belong(self):
        self.assertEqual(source_files.project_files(self.root), self.expected)
        self.write(".git/HEAD", "none")
        with mock.patch.dict(os.environ, PATH=""):
            self.assertEqual(source_files.project_files(self.root), self.expected)

    def test_comments_and_literals_are_blanked_line_by_line(self):
        text = 'a /* b\nc */ d // e\nf("g") + \'h\' + R"x(i\n)x"\n'
        self.assertEqual(source_files.without_comments(text), 'a  \n d  \nf("") + "" + "\n"\n')

    def test_includes_come_with_their_lines(self):
        text = '#pragma once\n# include <a/b.hpp>\n// #include "no"\n#include "c.hpp"\n'
        self.assertEqual(source_files.includes(text), [(2, "<", "a/b.hpp"), (4, '"', "c.hpp")])
