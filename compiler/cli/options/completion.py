"""What `freshet completion` takes."""

import argparse

from compiler.cli.options import Command


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell it is for")


COMMANDS = (
    Command(
        name="completion",
        summary="print a script that lets a shell complete the words of this command line",
        examples=(
            "freshet completion bash > ~/.local/share/bash-completion/completions/freshet",
            "freshet completion zsh > ~/.zfunc/_freshet",
            "freshet completion fish > ~/.config/fish/completions/freshet.fish",
        ),
        module="completion",
        add_options=_add_options,
    ),
)
