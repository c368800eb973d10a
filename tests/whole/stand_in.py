"""A carrier that is not ours: the least that Twilio's client needs, written for one test. Knows nothing of us."""

import itertools
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class StandIn:
    """Takes every text, except to the numbers it is told to refuse; never calls back."""

    def __init__(self, refused=()):
        self.texts: list[dict] = []
        self._sids, refused = itertools.count(1), set(refused)
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                form = {name: values[0] for name, values in form.items()}
                if not self.path.endswith("/Messages.json"):
                    return self.answer(200, {"sid": self.path.split("/")[-1].split(".")[0], "status": "sent"})
                if form["To"] in refused:
                    return self.answer(400, {"code": 21211, "message": "no", "more_info": "", "status": 400})
                stand_in.texts.append(form)
                sid = f"SM{next(stand_in._sids):032x}"
                return self.answer(201, {"sid": sid, "status": "queued", "to": form["To"]})

            def do_GET(self):
                asked = parse_qs(urlsplit(self.path).query)
                found = [text for text in stand_in.texts if text["To"] in asked.get("To", [])]
                return self.answer(200, {"messages": found, "next_page_uri": None, "page": 0})

            def answer(self, status, body):
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *words):
                """A test's output is for its claims."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def links(self, number: str) -> list[str]:
        """The links at the end of the texts to this number, oldest first."""
        return [text["Body"].split()[-1] for text in self.texts if text["To"] == number]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
