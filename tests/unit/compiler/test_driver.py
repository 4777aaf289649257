"""What holds for a file as a whole, whatever stands in it."""

from compiler import check_pipeline
from compiler.driver import MAX_SIZE_BYTES


def test_a_file_beyond_the_limit_is_not_read() -> None:
    within, beyond = (check_pipeline(b"#" * size) for size in (MAX_SIZE_BYTES, MAX_SIZE_BYTES + 1))

    assert "FR109" not in {each.code for each in within.diagnostics}
    assert [each.code for each in beyond.diagnostics] == ["FR109"]
