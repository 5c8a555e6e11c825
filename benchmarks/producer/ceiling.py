"""How many chat completions a second the loopback server answers, by a client that does next to nothing.

The client writes one prepared request per connection again and again and only counts bytes. What counts is the server's
own CPU per completion, since client and server share the machine: `python benchmarks/producer/ceiling.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import json

from serving import Server


class Asker(asyncio.Protocol):
    """One connection that asks again as soon as it was answered."""

    def __init__(self, request: bytes, count: list[int], done: asyncio.Event) -> None:
        self._request, self._count, self._done = request, count, done
        self._missing = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        if self._missing <= 0:
            head, _, body = data.partition(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            self._missing = length - len(body)
        else:
            self._missing -= len(data)
        if self._missing > 0:
            return
        self._count[0] -= 1
        if self._count[0] > 0:
            self._transport.write(self._request)
        else:
            self._done.set()


async def ask(port: int, count: int, connections: int) -> None:
    """Ask for ``count`` completions over so many connections."""
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "x" * 600}], "max_tokens": 2048}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    left, done = [count], asyncio.Event()
    loop = asyncio.get_running_loop()
    transports = []
    for _ in range(connections):
        transport, _ = await loop.create_connection(lambda: Asker(head + body, left, done), "127.0.0.1", port)
        transports.append(transport)
    await asyncio.wait_for(done.wait(), 120)
    for transport in transports:
        transport.abort()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=30_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--delay", type=float, default=0.0)
    asked = parser.parse_args()
    print("| connections | delay | completions/s | server's CPU ms per completion | so at most, per core |")
    print("|---|---|---|---|---|")
    with Server("--answer-chars", "2000", "--delay", str(asked.delay)) as server:
        before = server.stats()
        asyncio.run(ask(server.port, asked.count, asked.connections))
        after = server.stats()
    wall = after["last_served"] - after["first_request"]
    cpu = (after["cpu_s"] - before["cpu_s"]) / after["served"]
    rate = after["served"] / wall
    print(f"| {asked.connections} | {asked.delay:g} s | {rate:,.0f} | {cpu * 1000:.3f} | {1 / cpu:,.0f} |")


if __name__ == "__main__":
    main()
