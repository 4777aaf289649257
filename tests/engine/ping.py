"""Whether a Docker daemon answers."""

import http.client
import socket
from urllib.parse import urlsplit

_TIMEOUT_S = 5.0


def answers(docker_host: str) -> bool:
    """Tell whether the daemon at `docker_host` (`unix://…` or `tcp://…`) answers a ping."""
    connection = http.client.HTTPConnection("docker")
    try:
        connection.sock = _connect(docker_host)
        connection.request("GET", "/_ping")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _connect(docker_host: str) -> socket.socket:
    place = urlsplit(docker_host)
    if place.scheme != "unix":
        address = (place.hostname or "", place.port or 2375)
        return socket.create_connection(address, timeout=_TIMEOUT_S)
    stream = socket.socket(socket.AF_UNIX)
    stream.settimeout(_TIMEOUT_S)
    try:
        stream.connect(place.path)
    except OSError:
        stream.close()
        raise
    return stream
