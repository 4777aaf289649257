"""Inputs that are made to take the compiler's time or memory, or to break it, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

_BEGIN = b"version: '1.0'\nsteps:\n"
_MANY = 10_000
_MEGABYTE = 1_000_000


def _step(fields: bytes) -> bytes:
    return _BEGIN + b"  a:\n    type: build\n    image_name: x\n" + fields


def _repeated(part: bytes, count: int) -> bytes:
    """Return `part` `count` times, each with its number in the place of `%d`."""
    return b"".join(part.replace(b"%d", b"%d" % number) for number in range(count))


def _laughs(lines: int) -> bytes:
    """Return aliases of aliases that expand to nine to the power of `lines`."""
    first = b"a0: &a0 [" + b"x, " * 9 + b"]\n"
    rest: Iterable[bytes] = (
        b"a%d: &a%d [" % (n, n) + b"*a%d, " % (n - 1) * 9 + b"]\n" for n in range(1, lines)
    )
    return first + b"".join(rest)


_DEEP_BLOCK = b"".join(b" " * depth + b"a:\n" for depth in range(1_400))  # 1 MB of indentation

HOSTILE: dict[str, Callable[[], bytes]] = {
    "not UTF-8": lambda: _step(b"    tag: \xff\xfe\n"),
    "a byte order mark": lambda: b"\xef\xbb\xbf" + _step(b"    tag: x\n"),
    "UTF-16": lambda: _step(b"").decode().encode("utf-16"),
    "tabs as indentation": lambda: _step(b"\ttag: x\n"),
    "NUL": lambda: _step(b"    tag: a\0b\n"),
    "an escaped NUL": lambda: _step(b'    tag: "a\\0b"\n'),
    "an escaped lone surrogate": lambda: _step(b'    tag: "\\ud800"\n'),
    "an encoded lone surrogate": lambda: _step(b"    tag: \xed\xa0\x80\n"),
    "billion laughs": lambda: _laughs(30),
    "an alias in its own anchor": lambda: b"a: &a [*a]\n",
    "merge keys of merge keys": lambda: (
        b"a0: &a0 {k: v}\n"
        + b"".join(b"a%d: &a%d {<<: [*a%d, *a%d]}\n" % (n, n, n - 1, n - 1) for n in range(1, 200))
    ),
    "deep flow sequences": lambda: b"a: " + b"[" * _MANY + b"]" * _MANY,
    "deep flow mappings": lambda: b"{a: " * _MANY + b"x" + b"}" * _MANY,
    "deep block mappings": lambda: _DEEP_BLOCK,
    "deep block sequences": lambda: b"- " * _MANY + b"x\n",
    "unclosed flow sequences": lambda: b"[" * _MEGABYTE,
    "a megabyte of dashes": lambda: b"- " * (_MEGABYTE // 2),
    "a megabyte of question marks": lambda: b"? " * (_MEGABYTE // 2),
    "a megabyte of small collections": lambda: b"a: {b: [c, d]}\n" * (_MEGABYTE // 15),
    "a megabyte in one scalar": lambda: _step(b"    tag: " + b"x" * _MEGABYTE + b"\n"),
    "a megabyte in a block scalar": lambda: _step(
        b"    description: |\n" + b"      x\n" * (_MEGABYTE // 8)
    ),
    "a megabyte in one key": lambda: _step(b"    ? " + b"x" * _MEGABYTE + b"\n    : 1\n"),
    "a megabyte of opening holes": lambda: _step(b"    tag: '" + b"${{" * 333_333 + b"'\n"),
    "a megabyte of holes": lambda: _step(b"    tag: '" + b"${{a}}" * (_MEGABYTE // 6) + b"'\n"),
    "a megabyte of misspelt variables": lambda: _step(
        b"    tag: '" + b"".join(b"${{CF_BRANC%d}}" % n for n in range(60_000)) + b"'\n"
    ),
    "a megabyte of a name in a hole": lambda: _step(b"    tag: '${{" + b"a." * 500_000 + b"}}'\n"),
    "a condition of parentheses": lambda: _step(
        b"    when: {condition: {all: {a: '" + b"(" * 6_000 + b"1" + b")" * 6_000 + b"'}}}\n"
    ),
    "a condition of negations": lambda: _step(
        b"    when: {condition: {all: {a: '" + b"!" * 11_999 + b"1'}}}\n"
    ),
    "a condition of a megabyte": lambda: _step(
        b"    when: {condition: {all: {a: '" + b"1 + " * 250_000 + b"1'}}}\n"
    ),
    "an exploding branch pattern": lambda: _step(
        b"    when: {branch: {only: ['/(a+)+$/', '/" + b"(a|a)*" * 1_000 + b"$/']}}\n"
    ),
    "an exploding match": lambda: _step(
        b"    when: {condition: {all: {a: 'match(\"" + b"a" * 10_000 + b'!", "(a+)+$", false)\'}}}'
    ),
    "a pattern of a million states": lambda: _step(
        b"    when: {branch: {only: ['/((a{1000}){1000}){1000}/']}}\n"
    ),
    "steps that wait for each other": lambda: (
        b"version: '1.0'\nmode: parallel\nsteps:\n"
        + b"".join(
            b"  s%d: {type: build, image_name: x, when: {steps: [{name: s%d, on: [success]}]}}\n"
            % (n, (n + 1) % 2_000)
            for n in range(2_000)
        )
    ),
    "10 000 steps": lambda: _BEGIN + _repeated(b"  s%d: {type: build, image_name: x}\n", _MANY),
    "10 000 steps of one name": lambda: _BEGIN + b"  s: {type: build, image_name: x}\n" * _MANY,
    "10 000 parallel steps": lambda: (
        _BEGIN
        + b"  p:\n    type: parallel\n    steps:\n"
        + _repeated(b"      s%d: {image: x, commands: [ls]}\n", _MANY)
    ),
    "10 000 unknown keys": lambda: _step(_repeated(b"    unknown%d: x\n", _MANY)),
    "10 000 children of scale": lambda: _step(
        b"    scale:\n" + _repeated(b"      c%d: {environment: [A=1]}\n", _MANY)
    ),
    "a matrix of a thousand million": lambda: (
        _BEGIN
        + b"  a:\n    image: x\n    matrix:\n      environment:\n"
        + b"".join(
            b"        - [" + b", ".join(b"%s=%d" % (name, n) for n in range(1_000)) + b"]\n"
            for name in (b"A", b"B", b"C")
        )
    ),
    "parallel in parallel": lambda: (
        _BEGIN
        + b"".join(
            b" " * (2 * depth) + b"p%d: {type: parallel, steps: {" % depth for depth in range(1, 40)
        )
        + b"a: {image: x}"
        + b"}}" * 39
    ),
    "100 000 errors": lambda: _BEGIN + _repeated(b"  s%d: {typ: x}\n", 100_000),
    "10 000 references to nothing": lambda: (
        _BEGIN + _repeated(b"  s%d: {type: push, candidate: '${{t%d}}', registry: r}\n", _MANY)
    ),
    "200 000 keys of one name": lambda: b"a: 1\n" * 200_000,
    "100 000 anchors": lambda: _repeated(b"k%d: &a%d 1\n", 100_000),
    "numbers without end": lambda: _step(
        b"    retry: {maxAttempts: " + b"9" * 100_000 + b", delay: 1e999999999}\n"
    ),
    "50 MB": lambda: _BEGIN + b"  # nothing\n" * (50 * _MEGABYTE // 12),
    "50 MB in one line": lambda: _step(b"    tag: " + b"x" * (50 * _MEGABYTE) + b"\n"),
}
