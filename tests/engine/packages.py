"""The Debian packages that the kit is made of."""

import hashlib
from dataclasses import dataclass

OLD_SUITE = "bookworm"
NEW_SUITE = "trixie"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Packages that are unpacked into one folder of the kit."""

    folder: str
    suite: str
    packages: tuple[str, ...]


PARTS = (
    # Shared by all engines, from the older suite: there runc and tini still run on its libc.
    Part(
        folder="common",
        suite=OLD_SUITE,
        packages=(
            "busybox-static",
            "iptables",
            "libip4tc2",
            "libip6tc2",
            "libmnl0",
            "libnetfilter-conntrack3",
            "libnfnetlink0",
            "libnftnl11",
            "libxtables12",
            "runc",
            "tini",
        ),
    ),
    Part(
        folder="20.10",
        suite=OLD_SUITE,
        packages=("docker.io", "containerd", "libdevmapper1.02.1"),
    ),
    Part(
        folder="26.1",
        suite=NEW_SUITE,
        packages=("docker.io", "docker-cli", "docker-buildx", "containerd", "docker-registry"),
    ),
)

POSTGRESQL_PARTS = (
    # A kit of its own: whoever tests the services alone need not have Docker. With what its
    # programs load beyond a minimal system; the libraries of LLVM are for `jit`, which is off.
    Part(
        folder="postgresql",
        suite=OLD_SUITE,
        packages=(
            "libcom-err2",
            "libgssapi-krb5-2",
            "libicu72",
            "libk5crypto3",
            "libkeyutils1",
            "libkrb5-3",
            "libkrb5support0",
            "libldap-2.5-0",
            "libpq5",
            "libsasl2-2",
            "libxml2",
            "postgresql-15",
            "postgresql-client-15",
        ),
    ),
)

_LAYOUT = 1
"""Count up when the kit's own files beside the packages change."""


def kit_name(parts: tuple[Part, ...]) -> str:
    """Return the name of the kit's folder: another list of packages gives another name."""
    return "kit-" + hashlib.sha256(repr((_LAYOUT, parts)).encode()).hexdigest()[:10]
