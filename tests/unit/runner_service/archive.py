"""Archives for tests, written entry by entry."""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Iterable

Entry = tuple[tarfile.TarInfo, bytes]


def entry(name: str, data: bytes = b"", *, kind: bytes = tarfile.REGTYPE, link: str = "") -> Entry:
    """Return an entry, whatever it may lead to."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size, info.mode = kind, link, len(data), 0o644
    if kind == tarfile.DIRTYPE:
        info.mode = 0o755
    return info, data


def archive_of(entries: Iterable[Entry], *, zipped: bool = False) -> bytes:
    """Return the entries as an archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, data in entries:
            tar.addfile(info, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), mtime=0) if zipped else buffer.getvalue()


def digest_of(archive: bytes) -> str:
    """Return what names an archive."""
    return f"sha256:{hashlib.sha256(archive).hexdigest()}"
