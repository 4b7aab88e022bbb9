"""The report served to this machine alone while it is watched. Its files stay as they are: what reloads a page is put
into the copy that is sent.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

HERE = "127.0.0.1"
SHOWN = ("/report/", "/chapters/")  # nothing else of the build leaves its folder
SCRIPT, CHANGES = "/reload.js", "/changes"
POLICY = b"script-src 'self'"
ALIVE_SECONDS = 5


class Server:
    """Tells open pages what was made anew."""

    def __init__(self, address: str) -> None:
        self.address, self.ended = address, False
        self._told: list[str] = []
        self._news = threading.Condition()

    def tell(self, place: str) -> None:
        """A page, or all pages below a folder, were made anew."""
        with self._news:
            self._told.append(place)
            self._news.notify_all()

    def end(self) -> None:
        with self._news:
            self.ended = True
            self._news.notify_all()

    def news(self) -> Iterator[str]:
        """What is told from now on; empty when nothing was for a while."""
        with self._news:
            return self._after(len(self._told))

    def _after(self, read: int) -> Iterator[str]:
        while not self.ended:
            with self._news:
                self._news.wait_for(lambda read=read: len(self._told) > read or self.ended, ALIVE_SECONDS)
                fresh, read = self._told[read:], len(self._told)
            yield from fresh or [""]


@contextmanager
def serving(folder: Path, port: int) -> Iterator[Server]:
    """Serve the report in a build's folder for as long as the block lasts; port 0 takes any that is free."""
    folder.mkdir(parents=True, exist_ok=True)
    listening = ThreadingHTTPServer((HERE, port), _Handler)
    listening.daemon_threads = True
    listening.folder = folder
    listening.news = Server(f"http://{HERE}:{listening.server_port}")
    threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield listening.news
    finally:
        listening.news.end()
        listening.shutdown()
        listening.server_close()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, request, client, server) -> None:
        super().__init__(request, client, server, directory=str(server.folder))

    def do_GET(self) -> None:
        place = unquote(urlsplit(self.path).path)
        if self.headers.get("Host") not in (
            f"{HERE}:{self.server.server_port}",
            f"localhost:{self.server.server_port}",
        ):
            self.send_error(HTTPStatus.FORBIDDEN)  # another site's name that leads here
        elif place == CHANGES:
            self._changes()
        elif place == SCRIPT:
            self._send(Path(__file__).with_name("reload.js").read_bytes(), "text/javascript")
        elif place in ("/", "/index.html"):
            self.send_response(HTTPStatus.FOUND)
            self.send_header("Location", "/report/index.html")
            self.end_headers()
        elif not place.startswith(SHOWN) or ".." in place.split("/"):
            self.send_error(HTTPStatus.NOT_FOUND)
        elif place.endswith(".html"):
            self._page(Path(self.translate_path(self.path)))
        else:
            super().do_GET()

    def do_HEAD(self) -> None:
        self.send_error(HTTPStatus.METHOD_NOT_ALLOWED)

    def _page(self, path: Path) -> None:
        try:
            page = path.read_bytes()
        except OSError:
            page = b"<!DOCTYPE html><html lang=en><head><title>Not made yet</title></head><p>This page is not made yet."
        page = page.replace(POLICY, b"connect-src 'self'; " + POLICY, 1)
        self._send(
            page.replace(b"</head>", b'<script defer src="/reload.js"></script></head>', 1), "text/html"
        )

    def _send(self, content: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def _changes(self) -> None:
        """Server-sent events: a line for each place that was made anew."""
        news = self.server.news.news()  # from before the page knows that it is connected
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        try:
            for place in news:
                self.wfile.write(f"data: {place}\n\n".encode() if place else b": still here\n\n")
                self.wfile.flush()
        except OSError:
            return  # the page was closed

    def end_headers(self) -> None:
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, *told: object) -> None:
        """Say nothing: what matters is said by the builds."""
