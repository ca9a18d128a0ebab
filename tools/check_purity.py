#!/usr/bin/env python3
"""Checks that nothing below relay/ and client/, nor the proxy's front, opens a socket, reads a clock or starts a thread."""

import re
import sys

from source_files import ROOT, includes, is_cpp, project_files, read_text, report, without_comments

PURE = ["protocol/", "pricing/", "channels/", "client/front/"]
# They are named for what they do: talk to a chain, write a file from a worker's pool.
EXCEPT = ["channels/chain/", "channels/contracts/", "channels/journal."]

# <arpa/inet.h> is free: it turns addresses into text and back; a call that opens something is found by its name.
SOCKET, CLOCK, THREAD = "a socket", "a clock", "a thread"
HEADERS = {
    SOCKET: ["sys/socket.h", "sys/epoll.h", "sys/select.h", "sys/un.h", "poll.h", "netinet/", "netdb.h",
             "uv.h", "boost/asio", "boost/beast", "curl/", "wslay/"],
    CLOCK: ["ctime", "time.h", "sys/time.h"],
    THREAD: ["thread", "mutex", "shared_mutex", "condition_variable", "future", "semaphore", "latch", "barrier",
             "stop_token", "pthread.h"],
}
NAMES = {
    SOCKET: r"(?<![\w.>:])(?:::\s*)?(?:socket|socketpair|getaddrinfo|epoll_create1?)\s*\(|(?<![\w>])::\s*(?:connect|bind|send|recv)\s*\(",
    CLOCK: r"\w*[cC]lock::now\b|\b(?:clock_gettime|gettimeofday|timespec_get)\s*\(|\btime\s*\(\s*(?:nullptr|NULL|0)\s*\)",
    THREAD: r"\bstd::(?:jthread|thread|async|mutex|recursive_mutex|shared_mutex|condition_variable\w*)\b"
            r"|\bpthread_create\b|\bsleep_(?:for|until)\b|(?<![\w.>:])u?sleep\s*\(|\bnanosleep\s*\(",
}


def is_pure(path):
    return path.startswith(tuple(PURE)) and not path.startswith(tuple(EXCEPT))


def header_matches(target, header):
    return target.startswith(header) if header.endswith("/") or header.startswith("boost/") else target == header


def file_violations(path, text):
    found = []
    for line, _, target in includes(text):
        for kind, headers in HEADERS.items():
            if any(header_matches(target, header) for header in headers):
                found.append(f"{path}:{line}: <{target}> is the door to {kind}, which this layer must not use")
    for number, line in enumerate(without_comments(text).split("\n"), 1):
        for kind, pattern in NAMES.items():
            match = re.search(pattern, line)
            if match:
                found.append(f"{path}:{number}: '{match.group(0).strip()}' uses {kind}; take time and bytes as arguments")
    return found


def violations(root=ROOT):
    return [line for path in project_files(root) if is_cpp(path) and is_pure(path)
            for line in file_violations(path, read_text(root, path))]


if __name__ == "__main__":
    sys.exit(report("purity", violations(), "no socket, clock or thread below relay and client"))
