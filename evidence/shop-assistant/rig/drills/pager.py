"""The pager of a drill: takes what Alertmanager sends to the receivers of `alertmanager.yaml`."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ADDRESS = ("127.0.0.1", 19093)


class Pager:
    """Listens while the drill runs, and keeps the names of the alerts that were sent."""

    def __init__(self) -> None:
        self.received: set[str] = set()
        received = self.received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                alerts = (a for a in body["alerts"] if a["status"] == "firing")
                received.update(alert["labels"]["alertname"] for alert in alerts)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        server = ThreadingHTTPServer(ADDRESS, Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
