"""Files of certificates that cannot be used are refused before anybody connects."""

from pathlib import Path

import pytest

from freshet.rpc.certificates import CertificateFiles, InvalidCertificate, ServerCertificate
from tests.engine.certificates import Authority


@pytest.fixture
def files(tmp_path: Path) -> CertificateFiles:
    Authority.new("tests").issue("localhost").write(tmp_path, "server")
    return CertificateFiles(
        certificate=tmp_path / "server.crt", private_key=tmp_path / "server.key"
    )


def test_pair_is_taken(files: CertificateFiles) -> None:
    assert ServerCertificate(files).credentials()


def test_missing_file_is_named(files: CertificateFiles) -> None:
    files.private_key.unlink()

    with pytest.raises(InvalidCertificate, match=r"cannot read .*server\.key"):
        ServerCertificate(files)


def test_key_of_another_certificate_is_refused(files: CertificateFiles) -> None:
    files.private_key.write_bytes(Authority.new("others").issue("localhost").key)

    with pytest.raises(InvalidCertificate, match="is not the key of"):
        ServerCertificate(files)


@pytest.mark.parametrize("content", [b"", b"no PEM", b"-----BEGIN CERTIFICATE-----\nAA\n"])
def test_what_is_no_pem_is_refused(files: CertificateFiles, content: bytes) -> None:
    key = files.private_key.read_bytes()
    files.private_key.write_bytes(content)
    with pytest.raises(InvalidCertificate, match="no PEM private key"):
        ServerCertificate(files)

    files.private_key.write_bytes(key)
    files.certificate.write_bytes(content)
    with pytest.raises(InvalidCertificate, match="no PEM certificate"):
        ServerCertificate(files)
