"""Put on a server's path, this cuts its network: it may reach this machine only, and every other try is noted."""

import os
import socket

_connect, _connect_ex, _lookup = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo
HERE = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "", None)


def _refuse(host: object) -> None:
    if host not in HERE:
        with open(os.environ["ATTEMPTS"], "a", encoding="utf-8") as notes:
            notes.write(f"{host}\n")
        raise OSError(101, "Network is unreachable")


def connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        _refuse(address[0])
    return _connect(self, address)


def connect_ex(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        _refuse(address[0])
    return _connect_ex(self, address)


def getaddrinfo(host, *rest, **named):
    _refuse(host.decode() if isinstance(host, bytes) else host)
    return _lookup(host, *rest, **named)


socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo = connect, connect_ex, getaddrinfo
