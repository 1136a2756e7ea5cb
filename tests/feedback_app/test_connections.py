"""Connections stay open for as long as a proxy or a browser keeps them, so that none is used as it is being closed."""

import http.client
import time

from tests.feedback_app import kit

IDLE = 6  # seconds; uvicorn alone closes after 5


def test_a_connection_that_was_silent_for_a_while_is_still_there(site: kit.Site) -> None:
    link = http.client.HTTPConnection("127.0.0.1", site.port, timeout=300)
    link.auto_open = 0  # a closed one is an error, not opened anew
    link.connect()
    for wait in (IDLE, 0):
        link.request("GET", "/healthz")
        answer = link.getresponse()
        assert answer.status == 200
        answer.read()
        time.sleep(wait)
    link.close()
