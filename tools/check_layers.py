#!/usr/bin/env python3
"""Checks from the #include lines that each folder uses only the layers it may use (docs/architecture.md)."""

import sys

from source_files import ROOT, includes, is_cpp, project_files, read_text, report

# Folder -> the folders whose headers it may include besides its own. A file belongs to the longest folder that matches.
SHARED = ["protocol/base", "protocol/wire", "protocol/content", "protocol/discovery", "pricing", "channels", "channels/chain"]
ALLOWED = {
    "protocol/base": [],
    "protocol/wire": ["protocol/base"],
    "protocol/content": ["protocol/base"],
    "protocol/discovery": ["protocol/base"],
    "pricing": ["protocol/base"],
    "channels": ["protocol/base"],
    "channels/chain": ["protocol/base", "channels"],
    "relay": SHARED,
    "client": [*SHARED, "client/include", "client/front"],
    "client/front": ["protocol/base", "protocol/content", "protocol/wire"],
    "client/include": [],
    # The program `ferry` is an ordinary user of the C ABI.
    "client/cli": ["client/include"],
}

# Header of a library -> the only folders that may include it. Tests are free.
LIBRARIES = {
    "boost/": ["relay"],
    "libtorrent/": ["relay"],
    "prometheus/": ["relay"],
    "uv.h": ["client"],
    "wslay/": ["client"],
    "curl/": ["relay", "channels/chain"],
    "sqlite3.h": ["relay", "client", "channels/chain"],
}


def layer_of(path):
    matches = [layer for layer in ALLOWED if path.startswith(layer + "/")]
    return max(matches, key=len) if matches else None


def is_below(path, folders):
    return any(path.startswith(folder + "/") for folder in folders)


def include_violation(root, path, mark, target):
    layer = layer_of(path)
    for header, folders in LIBRARIES.items():
        if target.startswith(header) and not is_below(path, folders):
            return f"<{target}> belongs to {' and '.join(folders)} only"
    if mark == "<" and target == "ferry/ferry.h":
        target = "client/include/ferry/ferry.h"
    elif mark == "<":
        return f"<{target}> is ours: write it in quotes" if layer_of(target) else None
    if not (root / target).is_file():
        return f'"{target}" is not a path from the root of the project'
    used = layer_of(target)
    if used is None:
        return f'"{target}" is in no layer'
    if used != layer and used not in ALLOWED[layer]:
        return f'"{target}": {layer} may use {", ".join(ALLOWED[layer]) or "no other layer"}, not {used}'
    return None


def violations(root=ROOT):
    found = []
    for path in project_files(root):
        if not is_cpp(path) or layer_of(path) is None:
            continue
        for line, mark, target in includes(read_text(root, path)):
            problem = include_violation(root, path, mark, target)
            if problem:
                found.append(f"{path}:{line}: {problem}")
    return found


if __name__ == "__main__":
    sys.exit(report("layers", violations(), "every folder includes only what it may"))
