"""The files of the project and their C++ text without comments and strings. Every check in tools/ reads through here."""

import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CPP_SUFFIXES = {".cpp", ".hpp", ".c", ".h"}
SCRIPT_SUFFIXES = {".py", ".sh", ".sol", ".js", ".mjs", ".cmake"}
SKIPPED_FOLDERS = {".git", "build", "node_modules", "__pycache__"}

_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'""",
    re.DOTALL,
)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def project_files(root=ROOT):
    """Relative paths of what is committed or about to be: git's view, or all files where git gives none."""
    names = _listed_by_git(root)
    if names is None:
        names = _walk(root)
    return sorted(name for name in set(names) if (Path(root) / name).is_file())


def _listed_by_git(root):
    if not (Path(root) / ".git").exists() or not shutil.which("git"):
        return None
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, check=False)
    # Another owner's checkout is refused by git, and still to be checked.
    return listed.stdout.decode().strip("\0").split("\0") if listed.returncode == 0 else None


def _walk(root):
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
        for name in files:
            yield (Path(folder) / name).relative_to(root).as_posix()


def is_cpp(path):
    return Path(path).suffix in CPP_SUFFIXES


def is_source(root, path):
    """Own code: by suffix, or a script that names its interpreter."""
    if is_cpp(path) or Path(path).suffix in SCRIPT_SUFFIXES or Path(path).name == "CMakeLists.txt":
        return True
    if Path(path).suffix:
        return False
    with open(Path(root) / path, "rb") as file:
        return file.read(2) == b"#!"


def read_text(root, path):
    return (Path(root) / path).read_text(encoding="utf-8", errors="replace")


def without_comments(text):
    """The same number of lines, with comments and the insides of literals blanked; a digit separator is no literal."""
    def blank(match):
        token = match.group(0)
        lines = "\n" * token.count("\n")
        return f'"{lines}"' if token[0] in "\"R'" else " " + lines
    return _TOKEN.sub(blank, re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])", "", text))


def includes(text):
    """(line, "<" or '"', path) of every #include."""
    return [(text.count("\n", 0, match.start(1)) + 1, match.group(1), match.group(2))
            for match in _INCLUDE.finditer(text)]


def report(name, violations, summary):
    """Prints the findings and gives the exit code."""
    for line in violations:
        print(line)
    print(f"{name}: {len(violations)} findings" if violations else f"{name}: {summary}")
    return 1 if violations else 0
