"""Tries a registry over its HTTP API: reach, TLS, login, and the rights on one repository.

    checks = await probe(Target(domain="ghcr.io", credentials=credentials, path="acme/app"))

A failure is an answer and not an error. Nothing of what is tried stays behind in the registry, and
no message holds a secret.
"""

from registry_service.probing.checks import Check, Outcome, Subject, not_tried
from registry_service.probing.probe import probe
from registry_service.probing.target import Target

__all__ = [
    "Check",
    "Outcome",
    "Subject",
    "Target",
    "not_tried",
    "probe",
]
