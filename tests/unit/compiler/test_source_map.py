"""Where the parts of a plan came from."""

import hashlib

from compiler import compile_pipeline


def test_the_checksum_is_that_of_the_bytes_of_the_file() -> None:
    content = b"\xef\xbb\xbfversion: '1.0'\r\nsteps: {}\r\n"

    plan = compile_pipeline(content, path="ci/codefresh.yml").plan

    assert plan is not None
    (file,) = plan.source_map.files
    assert file.path == "ci/codefresh.yml"
    assert file.sha256_hex == hashlib.sha256(content).hexdigest()
