"""What integration tests are written with: processes, programs of Ferry, and a web server that does as it is told.

    class CrossingTest(FerryCase):
        def test_a_file_crosses(self):
            origin = self.start_origin()
            origin.serve("/file", pattern_bytes(1 << 20))
            relay = self.start_relay()
            result = self.ferry("get", origin.url("/file"), "--relay", relay.reference, "-o", self.path("file"))
            self.assertEqual(result.code, 0, result)
"""

from .app_side import AppSide, socks5_request
from .case import FerryCase
from .dht_node import DhtNodes, RELAYS_KEY, compact
from .discovery_case import DiscoveryCase
from .git_server import GitServer
from .name_server import NameServer
from .origin import Gate, Origin, Resource, pattern_bytes
from .other_machine import OtherMachine, cannot_be_made
from .process import Process, ProcessError
from .programs import client_program
from .proxy_case import HOST, MISSING, Proxy, ProxyCase, relay_chunks, resident_mib
from .tcp_server import Fountain, TcpServer
from .web_socket import echo_messages

__all__ = ["AppSide", "DhtNodes", "DiscoveryCase", "FerryCase", "Fountain", "Gate", "GitServer", "HOST", "MISSING", "NameServer", "Origin", "OtherMachine", "Process", "ProcessError", "Proxy", "ProxyCase", "RELAYS_KEY",
           "Resource", "TcpServer", "cannot_be_made", "client_program", "compact", "echo_messages", "pattern_bytes", "relay_chunks", "resident_mib", "socks5_request"]
