"""What integration tests are written with: processes, programs of Ferry, and a web server that does as it is told.

    class CrossingTest(FerryCase):
        def test_a_file_crosses(self):
            origin = self.start_origin()
            origin.serve("/file", pattern_bytes(1 << 20))
            relay = self.start_relay()
            result = self.ferry("get", origin.url("/file"), "--relay", relay.reference, "-o", self.path("file"))
            self.assertEqual(result.code, 0, result)
"""

from .case import FerryCase
from .origin import Gate, Origin, Resource, pattern_bytes
from .process import Process, ProcessError

__all__ = ["FerryCase", "Gate", "Origin", "Process", "ProcessError", "Resource", "pattern_bytes"]
