#!/usr/bin/env python3
"""Fetches a URL through a paid relay with ctypes and libferry alone, and prints the receipt.

    LD_LIBRARY_PATH=build/dev/client python3 examples/fetch_url.py URL FILE ferry://0xADDRESS@host:port DATA_DIR

The structs mirror client/include/ferry/ferry.h member by member; each begins with its own size, so a newer library knows what we know.
"""

import ctypes
import json
import sys
import threading
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_char, c_char_p, c_int32, c_int64, c_size_t, c_uint8, c_uint32, c_uint64, c_void_p

OK = 0


class Error(Structure):
    _fields_ = [("struct_size", c_size_t), ("code", c_int32), ("name", c_char * 64), ("message", c_char * 1024)]


class Options(Structure):
    _fields_ = [("struct_size", c_size_t), ("data_dir", c_char_p), ("relays", POINTER(c_char_p)), ("relay_count", c_size_t),
                ("budget_btt", c_char_p), ("max_price_btt_per_mib", c_char_p), ("deposit_btt", c_char_p), ("prepay_chunks", c_uint32),
                ("use_faucet", c_int32), ("software", c_char_p), ("on_event", c_void_p), ("on_log", c_void_p), ("log_level", c_int32),
                ("user", c_void_p)]


class Header(Structure):
    _fields_ = [("name", c_char_p), ("value", c_char_p)]


class Request(Structure):
    _fields_ = [("struct_size", c_size_t), ("url", c_char_p), ("method", c_char_p), ("headers", POINTER(Header)), ("header_count", c_size_t),
                ("file_path", c_char_p), ("resume", c_int32), ("budget_btt", c_char_p), ("max_price_btt_per_mib", c_char_p),
                ("sha256_hex", c_char_p), ("verify", c_char_p), ("relays", POINTER(c_char_p)), ("relay_count", c_size_t)]


OnQuote = CFUNCTYPE(c_int32, c_void_p, c_uint64, c_char_p)
OnHead = CFUNCTYPE(None, c_void_p, c_uint64, c_int32, POINTER(Header), c_size_t, c_int64)
OnData = CFUNCTYPE(c_int32, c_void_p, c_uint64, c_uint64, POINTER(c_uint8), c_size_t)
OnProgress = CFUNCTYPE(None, c_void_p, c_uint64, c_void_p)
OnDone = CFUNCTYPE(None, c_void_p, c_uint64, c_char_p, POINTER(Error))


class Callbacks(Structure):
    _fields_ = [("struct_size", c_size_t), ("user", c_void_p), ("on_quote", OnQuote), ("on_head", OnHead), ("on_data", OnData),
                ("on_progress", OnProgress), ("on_done", OnDone)]


def sized(struct_type):
    """A struct of zeros that knows its size: FERRY_INIT."""
    return struct_type(struct_size=ctypes.sizeof(struct_type))


def check(code, error):
    if code != OK:
        raise RuntimeError(f"{error.message.decode()} ({error.name.decode()})")


def fetch(library, url, file_path, relay, data_dir):
    error = sized(Error)
    options = sized(Options)
    options.data_dir, options.relays, options.relay_count = data_dir.encode(), (c_char_p * 1)(relay.encode()), 1
    options.budget_btt, options.deposit_btt, options.use_faucet = b"50000", b"10000", 1
    client = c_void_p()
    check(library.ferry_create(byref(options), byref(client), byref(error)), error)
    try:
        ended = threading.Event()
        ending = {}

        def on_done(_user, _id, receipt, why):
            ending["receipt"] = json.loads(receipt)
            if why:
                ending["error"] = why.contents.message.decode()
            ended.set()

        request = sized(Request)
        request.url, request.file_path, request.resume = url.encode(), file_path.encode(), 1
        callbacks = sized(Callbacks)
        callbacks.on_done = OnDone(on_done)  # held by `callbacks`, which outlives the fetch
        fetch_id = c_uint64()
        check(library.ferry_fetch(client, byref(request), byref(callbacks), byref(fetch_id), byref(error)), error)
        ended.wait()
        if "error" in ending:
            raise RuntimeError(ending["error"])
        return ending["receipt"]
    finally:
        library.ferry_destroy(client)


def main():
    if len(sys.argv) != 5:
        print(__doc__, file=sys.stderr)
        return 2
    library = ctypes.CDLL("libferry.so")
    library.ferry_destroy.argtypes = [c_void_p]
    library.ferry_fetch.argtypes = [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]
    try:
        print(json.dumps(fetch(library, *sys.argv[1:])))
    except RuntimeError as failed:
        print(f"fetch_url: {failed}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
