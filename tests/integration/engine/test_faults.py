"""What the proxy before the open registry does when it is told to."""

import hashlib
import http.client
import threading
import time
from urllib.parse import urlsplit

import pytest

from tests.engine import Cut, Environment, Fault, Faults, Reply, SeenRequest, Slow, Stall
from tests.engine.registries import FAULT, OPEN

_BLOB = bytes(range(256)) * 400
_MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
_BLOB_DIGEST = f"sha256:{hashlib.sha256(_BLOB).hexdigest()}"


def test_without_faults_everything_goes_through(engine_26: Environment, faults_26: Faults) -> None:
    _upload(engine_26, "team/through")

    got = engine_26.fetch(OPEN, "GET", f"/v2/team/through/blobs/{_BLOB_DIGEST}")

    assert got.body == _BLOB
    assert [(seen.method, seen.status, seen.fault) for seen in faults_26.requests()] == [
        ("POST", 202, ""),
        ("PUT", 201, ""),
    ]


def test_reply_happens_as_often_as_asked_and_where_asked(
    engine_26: Environment, faults_26: Faults
) -> None:
    limited = Reply(status=429, retry_after_s=7)
    faults_26.inject(Fault(path="/_catalog$", method="GET", count=2, action=limited))

    elsewhere = engine_26.fetch(FAULT, "GET", "/v2/")
    answers = [engine_26.fetch(FAULT, "GET", "/v2/_catalog") for _ in range(3)]

    assert elsewhere.status == 200
    assert [answer.status for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert b"TOOMANYREQUESTS" in answers[0].body


def test_reply_can_come_when_the_registry_has_taken_it(
    engine_26: Environment, faults_26: Faults
) -> None:
    late = Reply(status=504, taken=True)
    faults_26.inject(Fault(method="PUT", path="/team/late/", action=late))

    _upload(engine_26, "team/late", status=504)

    got = engine_26.fetch(OPEN, "GET", f"/v2/team/late/blobs/{_BLOB_DIGEST}")
    assert got.body == _BLOB


def test_registry_may_take_what_nobody_hears_of(engine_26: Environment, faults_26: Faults) -> None:
    unheard = Cut(after_bytes=0, side="response")
    faults_26.inject(Fault(method="PUT", path="/team/unheard/", action=unheard))

    with pytest.raises((http.client.HTTPException, ConnectionError)):
        _upload(engine_26, "team/unheard")

    got = engine_26.fetch(OPEN, "GET", f"/v2/team/unheard/blobs/{_BLOB_DIGEST}")
    assert got.body == _BLOB


def test_faults_are_used_up_in_the_order_they_were_added(
    engine_26: Environment, faults_26: Faults
) -> None:
    faults_26.inject(Fault(action=Reply(status=500)), Fault(action=Reply(status=503)))

    statuses = [engine_26.fetch(FAULT, "HEAD", "/v2/").status for _ in range(3)]

    assert statuses == [500, 503, 200]


def test_cut_request_never_gets_an_answer(engine_26: Environment, faults_26: Faults) -> None:
    faults_26.inject(Fault(method="PUT", action=Cut(after_bytes=1000)))

    with pytest.raises((http.client.HTTPException, ConnectionError)):
        _upload(engine_26, "team/cut")

    # The request before may be noted after this one: its answer was on the way first.
    (cut,) = (seen for seen in faults_26.requests() if seen.fault)
    assert (cut.method, cut.fault, cut.status) == ("PUT", "Cut", None)
    missing = engine_26.fetch(OPEN, "HEAD", f"/v2/team/cut/blobs/{_BLOB_DIGEST}")
    assert missing.status == 404


def test_cut_response_ends_early(engine_26: Environment, faults_26: Faults) -> None:
    _upload(engine_26, "team/half")
    faults_26.inject(Fault(method="GET", action=Cut(after_bytes=1000, side="response")))

    with pytest.raises(http.client.IncompleteRead) as caught:
        engine_26.fetch(FAULT, "GET", f"/v2/team/half/blobs/{_BLOB_DIGEST}")

    assert caught.value.partial == _BLOB[:1000]


def test_slow_response_takes_its_time_and_is_whole(
    engine_26: Environment, faults_26: Faults
) -> None:
    _upload(engine_26, "team/slow")
    faults_26.inject(Fault(method="GET", action=Slow(bytes_per_s=2 * len(_BLOB))))
    began = time.monotonic()

    got = engine_26.fetch(FAULT, "GET", f"/v2/team/slow/blobs/{_BLOB_DIGEST}")

    assert got.body == _BLOB
    assert 0.4 < time.monotonic() - began < 5


def test_stalled_request_is_cut_at_its_limit(engine_26: Environment, faults_26: Faults) -> None:
    faults_26.inject(Fault(method="PUT", action=Stall(after_bytes=10, limit_s=0.4)))
    began = time.monotonic()

    with pytest.raises((http.client.HTTPException, ConnectionError)):
        _upload(engine_26, "team/stalled")

    assert 0.4 <= time.monotonic() - began < 5


def test_clearing_ends_what_is_stalled(engine_26: Environment, faults_26: Faults) -> None:
    faults_26.inject(Fault(method="GET", action=Stall(after_bytes=0, limit_s=60)))
    threading.Timer(0.3, faults_26.clear).start()
    began = time.monotonic()

    with pytest.raises((http.client.HTTPException, ConnectionError)):
        engine_26.fetch(FAULT, "GET", "/v2/")

    assert time.monotonic() - began < 5


def test_docker_push_fails_on_a_bad_manifest_answer(
    engine_26: Environment, faults_26: Faults
) -> None:
    image = f"{engine_26.registries[FAULT].domain}/team/pushed:1"
    engine_26.docker("pull", engine_26.base_image)
    engine_26.docker("tag", engine_26.base_image, image)
    faults_26.inject(Fault(method="PUT", path="/manifests/", action=Reply(status=503)))

    first, second = engine_26.docker("push", image), engine_26.docker("push", image)

    assert first.returncode != 0
    assert second.returncode == 0, second.stderr
    put = [seen.status for seen in faults_26.requests() if "/manifests/" in _put_path(seen)]
    assert put == [503, 201]


def test_tls_greeting_is_answered_as_go_servers_do(
    engine_26: Environment, faults_26: Faults
) -> None:
    registry = engine_26.registries[FAULT]
    with engine_26.connect(registry.host, registry.port) as stream:
        stream.sendall(b"\x16\x03\x01\x00\x05hello")

        answer = stream.recv(100)

    assert answer.startswith(b"HTTP/1.0 400 Bad Request\r\n")
    assert faults_26.requests() == ()


def test_chunked_body_goes_through(engine_26: Environment, faults_26: Faults) -> None:
    started = engine_26.fetch(FAULT, "POST", "/v2/team/chunked/blobs/uploads/")
    place = urlsplit(started.headers["Location"])
    connection = _connection(engine_26)
    connection.putrequest("PUT", f"{place.path}?{place.query}&digest={_BLOB_DIGEST}")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()

    for piece in (_BLOB[:100], _BLOB[100:]):
        connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
    connection.send(b"0\r\n\r\n")
    status = connection.getresponse().status
    connection.close()

    assert status == 201
    got = engine_26.fetch(OPEN, "GET", f"/v2/team/chunked/blobs/{_BLOB_DIGEST}")
    assert got.body == _BLOB
    assert len(faults_26.requests()) == 2


def test_each_of_repeated_headers_counts(engine_26: Environment, faults_26: Faults) -> None:
    image = f"{engine_26.registries[OPEN].domain}/team/accepted:1"
    engine_26.docker("pull", engine_26.base_image)
    engine_26.docker("tag", engine_26.base_image, image)
    engine_26.docker("push", image)
    connection = _connection(engine_26)
    connection.putrequest("GET", "/v2/team/accepted/manifests/1")
    for media_type in ("text/plain", _MANIFEST_TYPE):
        connection.putheader("Accept", media_type)
    connection.endheaders()

    answer = connection.getresponse()
    connection.close()

    assert answer.headers["Content-Type"] == _MANIFEST_TYPE
    assert [seen.status for seen in faults_26.requests()] == [200]


def _upload(engine: Environment, repository: str, status: int = 201) -> None:
    started = engine.fetch(FAULT, "POST", f"/v2/{repository}/blobs/uploads/")
    target = f"{started.headers['Location']}&digest={_BLOB_DIGEST}"
    assert engine.fetch(FAULT, "PUT", target, body=_BLOB).status == status


def _connection(engine: Environment) -> http.client.HTTPConnection:
    registry = engine.registries[FAULT]
    connection = http.client.HTTPConnection(registry.host, registry.port)
    connection.sock = engine.connect(registry.host, registry.port)
    return connection


def _put_path(seen: SeenRequest) -> str:
    return seen.path if seen.method == "PUT" else ""


def test_request_that_ends_after_a_clear_is_not_seen(
    engine_26: Environment, faults_26: Faults
) -> None:
    faults_26.inject(Fault(method="GET", path="/v2/$", action=Slow(bytes_per_s=4)))
    connection = _connection(engine_26)
    connection.request("GET", "/v2/")
    connection.getresponse()  # its head; the body follows slowly

    faults_26.clear()
    engine_26.fetch(FAULT, "GET", "/v2/_catalog")
    time.sleep(1)  # the slow one has ended by now
    connection.close()

    assert [seen.path for seen in faults_26.requests()] == ["/v2/_catalog"]
