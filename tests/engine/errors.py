"""What can go wrong with the test engines.

    EngineError
    ├── MachineUnsuitable   this machine or this user cannot run the kit; nothing was started
    ├── FetchFailed         Debian packages could not be fetched or unpacked
    └── StartFailed         a daemon or a registry did not come up

Each message is one paragraph: what, where, what to do.
"""


class EngineError(Exception):
    """A test engine could not be provided."""


class MachineUnsuitable(EngineError):
    """This machine or this user cannot run the kit."""


class FetchFailed(EngineError):
    """Debian packages could not be fetched or unpacked."""


class StartFailed(EngineError):
    """A daemon or a registry did not come up."""
