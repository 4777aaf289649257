"""Writes YAML that `yaml_reader` reads back as the same values."""

from __future__ import annotations

import yaml

from compiler.syntax.scalars import resolve

_WIDTH = 4096
"""Lines are not folded."""


class _Dumper(yaml.SafeDumper):
    """PyYAML's rules for what needs quotes are those of YAML 1.1: ours ask for some more."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists in mappings."""
        super().increase_indent(flow, indentless=False)


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    one_line = None if isinstance(resolve(text), str) else "'"
    style = "|" if "\n" in text else one_line
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)


def write_yaml(value: object) -> str:
    """Return the YAML of dicts, lists and single values, in their order."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return text
