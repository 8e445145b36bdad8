"""A client of the Lockstep protocol, written from transport/protocol/PROTOCOL.md alone, with the standard library alone.

    python3 python_client.py HOST PORT SYMBOL [TOKEN]

Follows a symbol's book and fills over JSON until the server closes, and prints what it saw as one line of JSON.
"""
import base64, hashlib, json, os, socket, struct, sys, time, zlib

class WebSocket:
    """RFC 6455, as much as a client of texts needs."""

    def __init__(self, host, port, protocols):
        self.socket, self.bytes = socket.create_connection((host, port), timeout=10), b""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = ["GET /ws HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Protocol: {protocols}"]
        self.socket.sendall("\r\n".join(lines + ["", ""]).encode())
        while b"\r\n\r\n" not in self.bytes:
            self.fill()
        head, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 101 "), head

    def fill(self):
        more = self.socket.recv(65536)
        assert more, "the server is gone"
        self.bytes += more

    def send(self, payload, opcode=1):
        size, mask = len(payload), os.urandom(4)
        length = bytes([128 | size]) if size < 126 else struct.pack(">BH", 254, size)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.socket.sendall(bytes([128 | opcode]) + length + mask + masked)

    def receive(self, seconds):
        """The next text, None where there is none in time, b"" at the end."""
        self.socket.settimeout(seconds)
        try:
            while (frame := self.cut()) is None:
                self.fill()
        except TimeoutError:
            return None
        opcode, payload = frame
        if opcode == 9:
            self.send(payload, 10)
        return payload if opcode == 1 else b"" if opcode == 8 else None

    def cut(self):
        size, at = self.bytes[1] if len(self.bytes) > 1 else 1 << 62, 2
        if size in (126, 127):
            at = 4 if size == 126 else 10
            size = int.from_bytes(self.bytes[2:at], "big") if len(self.bytes) >= at else 1 << 62
        if len(self.bytes) < at + size:
            return None
        frame, self.bytes = (self.bytes[0] & 15, self.bytes[at:at + size]), self.bytes[at + size:]
        return frame

def checksum(bids, asks):
    best = sorted(bids.items(), reverse=True)[:10] + sorted(asks.items())[:10]
    return zlib.crc32("|".join(f"{ticks}:{lots}" for ticks, lots in best).encode())

def main(host, port, symbol, token=None):
    web = WebSocket(host, int(port), "lockstep.1.json" + (f", lockstep.token.{token}" if token else ""))
    send = lambda type, data, **more: web.send(json.dumps([{"type": type, **more, "data": data}]).encode())
    sides, seqs, fills = {"bids": {}, "asks": {}}, {}, {}
    got, acked, acked_at, checks, gaps = 0, 0, time.monotonic(), 0, 0
    send("hello", {"protocol": 1, "client": "python/1"}, id="1")
    while (frame := web.receive(0.25)) != b"":
        got += len(frame or b"")
        if got - acked >= 32768 or time.monotonic() - acked_at >= 0.25:  # a sign of life as well
            acked, acked_at = got, time.monotonic()
            send("ack", {"bytes": got})
        for message in json.loads(frame or "[]"):
            type, channel, data = message["type"], message.get("channel"), message["data"]
            if type == "hello":
                for name in ("fills", "book"):
                    send("subscribe", {"channel": name, "symbol": symbol}, id=name)
            elif type == "error":
                sys.exit(f"{data['code']} {data['name']}: {data['message']}; {data['remedy']}")
            elif type == "update" and message["seq"] <= seqs.get(channel, 0):
                continue
            elif type == "update" and message["prev"] > seqs.get(channel, message["prev"]):
                gaps += 1
                send("subscribe", {"channel": channel, "symbol": symbol}, id=f"again{gaps}")
            elif type in ("snapshot", "update"):
                seqs[channel] = message["seq"]
                if channel == "fills":
                    fills[message["seq"]] = [channel, symbol, message["seq"], message["timestamp"], data]
                    continue
                for side in sides:
                    levels = dict(data[side] if type == "snapshot" else [*sides[side].items(), *data[side]])
                    sides[side] = {ticks: lots for ticks, lots in levels.items() if lots > 0}
                if "checksum" in data:
                    checks += 1
                    assert data["checksum"] == checksum(**sides), f"the book differs at {message['seq']}"
    canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
    digest = hashlib.sha256("".join(canonical(fills[seq]) + "\n" for seq in sorted(fills)).encode()).hexdigest()
    print(json.dumps({"digest": digest, "fills": len(fills), "book": seqs.get("book"), "checksum": checksum(**sides),
                      "checked": checks, "gaps": gaps}))
main(*sys.argv[1:])
