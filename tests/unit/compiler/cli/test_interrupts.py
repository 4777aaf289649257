"""Ctrl-C that is never lost."""

import signal
from contextlib import suppress

import pytest

from compiler.cli.interrupts import Interrupts


def test_one_that_a_callback_swallowed_is_raised_again() -> None:
    with Interrupts() as interrupts:
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

        with pytest.raises(KeyboardInterrupt):
            interrupts.check()


def test_one_that_was_answered_is_not() -> None:
    with Interrupts() as interrupts:
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        interrupts.is_pending = False

        interrupts.check()


def test_afterwards_the_signal_means_what_it_did() -> None:
    before = signal.getsignal(signal.SIGINT)

    with Interrupts():
        pass

    assert signal.getsignal(signal.SIGINT) is before


def test_one_that_comes_while_they_are_held_waits_for_the_end() -> None:
    ended = False

    with Interrupts() as interrupts, pytest.raises(KeyboardInterrupt), interrupts.held():
        signal.raise_signal(signal.SIGINT)
        ended = True

    assert ended


def test_one_that_was_answered_before_they_are_held_is_not_raised_again() -> None:
    with Interrupts() as interrupts:
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

        with interrupts.held():
            pass
