"""What an answer costs beside the least that any web application must do for it (design 7).

Both are served by the same server, as processes of their own, on the same kind of database with the same durability,
in turns within one run, so that a busy machine is busy for both.
"""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlencode

from companion.clock import Clock
from companion.trials.bench_pages import ANSWER, open_links
from companion.trials.bench_rows import Options, figure, least, not_measured
from companion.trials.bulk import Loader
from companion.trials.grounds import migrated
from companion.trials.serving import apart

PHONES = 8
"""People who send at the same time."""
WARM = 0.1
BODY = urlencode(ANSWER).encode()


def rows(options: Options) -> list[dict]:
    """Answers a second, the bare route's, and the one in percent of the other, on both databases."""
    found = _beside(options, None, "SQLite", 50)
    name = "answering a check-in, of a bare INSERT, PostgreSQL"
    if options.server is None:
        return [*found, not_measured(name, "%", ">= 30 %")]
    return [*found, *_beside(options, options.server, "PostgreSQL", 30)]


def _beside(options: Options, server: str | None, where: str, limit: float) -> list[dict]:
    warm = max(PHONES, int(options.requests * WARM))
    each, turns = options.requests, options.rounds
    with ExitStack() as stack:
        database, key = stack.enter_context(migrated(server, on_disk=True))
        tokens = _tokens(database, warm + each * turns)
        url = database.url.render_as_string(hide_password=False)
        real = stack.enter_context(apart("real", url, key))
        other, other_key = stack.enter_context(migrated(server, on_disk=True))
        bare = stack.enter_context(apart("bare", other.url.render_as_string(hide_password=False), other_key))
        _send(real, tokens[:warm])
        _send(bare, tokens[:warm])
        seconds = {real: 0.0, bare: 0.0}
        for turn in range(turns):
            mine = tokens[warm + turn * each : warm + (turn + 1) * each]
            for port in (real, bare):
                seconds[port] += _send(port, mine)
    done = each * turns
    return [
        figure(f"a bare INSERT, {where}", done / seconds[bare], "/s"),
        figure(f"answering a check-in, {where}", done / seconds[real], "/s"),
        least(
            f"answering a check-in, of a bare INSERT, {where}",
            100 * seconds[bare] / seconds[real],
            "%",
            limit,
        ),
    ]


def _tokens(database, n: int) -> list[str]:
    loader = Loader(database, Clock().machine(), size=min(1000, n))
    place = loader.institution("melati", 20)
    while loader.people < n:
        loader.block(place)
    loader.done()
    tokens = open_links(database, loader.now, n)
    if len(tokens) < n:
        raise RuntimeError(f"only {len(tokens)} links are open")
    return tokens


def _send(port: int, tokens: list[str]) -> float:
    """Post an answer to each of these links, by several phones at once; returns the seconds it took."""
    began = Clock.stopwatch()
    with ThreadPoolExecutor(PHONES) as phones:
        for statuses in phones.map(_phone, [(port, tokens[n::PHONES]) for n in range(PHONES)]):
            if set(statuses) - {303}:
                raise RuntimeError(f"answers were refused: {sorted(set(statuses))}")
    return Clock.stopwatch() - began


def _phone(task: tuple[int, list[str]]) -> list[int]:
    """One connection that is kept open, so that the server's work is measured and not the kernel's."""
    port, tokens = task
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return list(_posted(line, tokens))


def _posted(line: socket.socket, tokens: list[str]) -> Iterator[int]:
    head = f"Host: k.example\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(BODY)}\r\n\r\n"
    for token in tokens:
        line.sendall(f"POST /c/{token} HTTP/1.1\r\n{head}".encode() + BODY)
        came = b""
        while b"\r\n\r\n" not in came:
            came += line.recv(65536)
        top, _, body = came.partition(b"\r\n\r\n")
        length = next(
            int(each[15:]) for each in top.split(b"\r\n") if each.lower().startswith(b"content-length:")
        )
        while len(body) < length:
            body += line.recv(65536)
        yield int(came.split(None, 2)[1])
