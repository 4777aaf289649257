"""Errors of any length fit into what gRPC carries."""

from hypothesis import example, given
from hypothesis import strategies as st

from freshet.rpc.room import fit_message, fit_metadata, fit_violations

LONG = st.integers(0, 3000).flatmap(lambda n: st.sampled_from(["a" * n, "ä" * n, "𝄞" * n]))
_SOFT_LIMIT_BYTES = 8192


@example("ä" * 999, {f"fact_{n}": "ä" * 999 for n in range(20)}, [("a" * 20, "b" * 20, "R")] * 99)
@given(
    LONG,
    st.dictionaries(st.sampled_from([f"fact_{n}" for n in range(20)]), LONG),
    st.lists(st.tuples(LONG, LONG, st.just("SOME_REASON")), max_size=50),
)
def test_everything_together_stays_below_the_limit(
    message: str, metadata: dict[str, str], violations: list[tuple[str, str, str]]
) -> None:
    sentence = len(fit_message(message).encode())
    facts = sum(len(f"{k}{v}".encode()) + 8 for k, v in fit_metadata(metadata).items())
    rules = sum(len("".join(each).encode()) + 8 for each in fit_violations(violations))

    percent_encoded, in_details = 3 * sentence, (sentence + facts + rules + 300) * 4 / 3
    assert percent_encoded + in_details < _SOFT_LIMIT_BYTES


def test_what_fits_is_not_changed() -> None:
    violations = [("domain", "it is needed", "FIELD_REQUIRED")] * 20

    assert fit_message("there is no registry") == "there is no registry"
    assert fit_metadata({"registry": "x"}) == {"registry": "x"}
    assert list(fit_violations(violations)) == violations


def test_what_is_too_long_ends_with_a_sign_of_it() -> None:
    assert fit_message("ä" * 1000).endswith("ä…")
    assert list(fit_violations([("a" * 500, "b" * 500, "R")])) == [
        ("a" * 197 + "…", "b" * 397 + "…", "R")
    ]
