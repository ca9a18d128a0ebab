"""A way to a server that takes its time: what goes through it arrives so many milliseconds later, each way. It holds back nothing else, so the rate is
that of the link behind it. Bytes of one connection only; loss and reordering are not imitated."""

import asyncio
import threading

PIECE = 1 << 16


class FarAway:
    """`address` leads to `target`, host:port, from any thread until close()."""

    def __init__(self, target, milliseconds):
        self._host, self._port = target.rsplit(":", 1)
        self._seconds = milliseconds / 1000
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop).result()
        self._server = server
        self.address = "127.0.0.1:%d" % server.sockets[0].getsockname()[1]

    def close(self):
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self):
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, here_reader, here_writer):
        try:
            await asyncio.sleep(self._seconds)  # the handshake's way
            there_reader, there_writer = await asyncio.open_connection(self._host, int(self._port))
        except OSError:
            return here_writer.close()
        try:
            await asyncio.gather(self._carry(here_reader, there_writer), self._carry(there_reader, here_writer))
        except asyncio.CancelledError:
            pass  # close(): nobody waits for this

    async def _carry(self, reader, writer):
        """Each piece is written when its time has come, whatever is still on its way behind it."""
        loop = asyncio.get_running_loop()
        under_way = asyncio.Queue()

        async def read():
            try:
                while piece := await reader.read(PIECE):
                    under_way.put_nowait((loop.time() + self._seconds, piece))
            except OSError:
                pass
            under_way.put_nowait((loop.time() + self._seconds, None))

        reading = asyncio.ensure_future(read())
        try:
            while True:
                due, piece = await under_way.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                if piece is None:
                    break
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass
        finally:
            reading.cancel()
            writer.close()
