"""Memory of idle connections: authenticated sessions of ours, TLS connections after one request of nginx's."""

from .bench_cached import running
from .loads import Load
from .rounds import Row, interleave, say


def grown_bytes(setting, server, command):
    """Resident memory per connection that the server gained while a load program holds them."""
    before = server.resident_bytes()
    with Load(setting.load_core, command) as load:
        load.warm()
        grown = server.resident_bytes() - before
        load.go()
        held = load.result()["sessions"]
    return grown / held


def idle(setting):
    count = setting.sessions
    row = Row("idle", f"{count} authenticated idle sessions, against TLS connections after one request", "KiB resident per session",
              "nginx", more_is_better=False)

    def ours():
        with running(setting.relay()) as relay:
            command = [setting.program("hold_sessions"), "--relay", relay.reference, "--sessions", count]
            row.ours.append(grown_bytes(setting, relay, command) / 1024)
        say(f"  ours {row.ours[-1]:.1f} KiB per session")

    def peer():
        with running(setting.edge()) as edge:
            edge.get("/pass/small0.bin")
            command = [setting.program("load_https"), "--port", edge.port, "--path", "/pass/small0.bin", "--connections", count,
                       "--hold", "--warm", 3, "--seconds", 0]
            row.peer.append(grown_bytes(setting, edge, command) / 1024)
        say(f"  nginx {row.peer[-1]:.1f} KiB per connection")

    interleave(setting.runs, [ours, peer])
    return [row]
