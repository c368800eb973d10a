"""A server of a measurement ends as quietly as it began: its end must not be taken for a fault of what it measured."""

import http.client
import threading

from flask import Flask

from companion.trials.serving import served


def test_a_served_application_ends_whole_and_without_a_fault_with_a_caller_on_the_line(monkeypatch):
    faults = []
    monkeypatch.setattr(threading, "excepthook", lambda fault: faults.append(fault.exc_value))
    app = Flask("one word")
    app.add_url_rule("/", view_func=lambda: "ya")
    before = threading.active_count()
    for _ in range(20):
        with served(app) as port:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            line.request("GET", "/")
            assert line.getresponse().read() == b"ya"
        assert line.sock.recv(1) == b"", "the line is still open"
        line.close()
    assert faults == []
    assert threading.active_count() == before
