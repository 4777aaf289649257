"""What is told of a context when a daemon wants some paths of it."""

from pathlib import Path

import pytest

from runner_service.daemon.buildkit.context import ContextDirectory
from runner_service.daemon.buildkit.followed import followed_paths, select
from runner_service.daemon.buildkit.ignore import parse

FILES = ("app/main.py", "app/lib/a.py", "docs/a.md", "docs/deep/b.md", "one.txt", "two.txt")
LINKS = {
    "direct": "app/lib",
    "docs/up": "../one.txt",
    "rooted": "/app/main.py",
    "chain": "direct",
    "app/linked": "../docs/deep",
    "loop": "loop2",
    "loop2": "loop",
    "grows": "grows/x",
    "out": "../../etc/passwd",
    "nowhere": "absent",
}


@pytest.fixture
def context(tmp_path: Path) -> ContextDirectory:
    root = tmp_path / "root"
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    for name, target in LINKS.items():
        (root / name).symlink_to(target)
    return ContextDirectory(root)


def told(context: ContextDirectory, *paths: str, rules: str = "") -> list[str]:
    return [entry.path for entry in context.entries(parse(rules), select(context, paths))]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["one.txt"], ["one.txt"]),
        (["/one.txt"], ["one.txt"]),
        (["one.txt", "docs/deep"], ["docs", "docs/deep", "docs/deep/b.md", "one.txt"]),
        (["*.txt"], ["one.txt", "two.txt"]),
        (["app/l*b/a.py"], ["app", "app/lib", "app/lib/a.py"]),
        # A link among those that match: all of them are told, as Docker's client does.
        (["docs/*/b.md"], ["docs", "docs/a.md", "docs/deep", "docs/deep/b.md", "docs/up"]),
        (["d*s/a.md"], ["docs", "docs/a.md"]),
        (["absent"], []),
        (["absent/*"], []),
        (["../../one.txt"], ["one.txt"]),
        (["direct"], ["app", "app/lib", "app/lib/a.py", "direct"]),
        (["direct/a.py"], ["app", "app/lib", "app/lib/a.py", "direct"]),
        (["chain"], ["app", "app/lib", "app/lib/a.py", "chain", "direct"]),
        (["docs/up"], ["docs", "docs/up", "one.txt"]),
        (["rooted"], ["app", "app/main.py", "rooted"]),
        (["root*"], ["app", "app/main.py", "rooted"]),
        (["app/linked/b.md"], ["app", "app/linked", "docs", "docs/deep", "docs/deep/b.md"]),
        (["loop"], ["loop", "loop2"]),
        (["nowhere"], ["nowhere"]),
        (["out"], ["out"]),
    ],
)
def test_paths_and_what_their_links_lead_to_are_told(
    context: ContextDirectory, paths: list[str], expected: list[str]
) -> None:
    assert told(context, *paths) == expected


@pytest.mark.parametrize("paths", [[], ["."], ["/"], ["one.txt", "app/.."], ["[x"], ["grows"]])
def test_all_is_told_where_all_is_wanted_or_nobody_can_say(
    context: ContextDirectory, paths: list[str]
) -> None:
    assert told(context, *paths) == told(context)
    assert len(told(context)) > len(FILES)


def test_what_is_ignored_is_not_told_though_it_is_wanted(context: ContextDirectory) -> None:
    assert told(context, "docs", rules="docs/*\n!docs/deep/b.md") == [
        "docs",
        "docs/deep",
        "docs/deep/b.md",
    ]
    assert told(context, "docs/a.md", rules="docs") == []


def test_folder_outside_is_never_looked_into(tmp_path: Path, context: ContextDirectory) -> None:
    (tmp_path / "secret").symlink_to("root/one.txt")

    assert told(context, "../secret", "../*") == told(context, "secret", "*")


@pytest.mark.parametrize(
    ("metadata", "paths"),
    [
        ([("dir-name", "context")], []),
        ([("followpaths", "a"), ("followpaths", "b%20c")], ["a", "b%20c"]),
        ([("followpaths", "%C3%A4+b"), ("followpaths-encoded", "1")], ["ä b"]),
    ],
)
def test_paths_are_read_from_the_headers_of_a_call(
    metadata: list[tuple[str, str]], paths: list[str]
) -> None:
    assert followed_paths(metadata) == paths
