"""The HTTP API of registries, for whoever speaks with one (OCI distribution specification).

    async with open_client(Endpoint(domain="ghcr.io"), redact) as client:
        answer = await client.send("GET", "/v2/acme/app/manifests/1", "repository:acme/app:pull")

Answers are bounded, redirects and token endpoints are followed with care, and nothing that is
quoted of them holds a secret.
"""

from freshet.distribution.client import MANIFEST_TYPES, RegistryClient, open_client
from freshet.distribution.endpoint import IDENTITY_TOKEN, Endpoint, Limits
from freshet.distribution.errors import DistributionError, TokenRefused, Unacceptable
from freshet.distribution.words import Answer, Redactor, in_one_line, words_of

__all__ = [
    "IDENTITY_TOKEN",
    "MANIFEST_TYPES",
    "Answer",
    "DistributionError",
    "Endpoint",
    "Limits",
    "Redactor",
    "RegistryClient",
    "TokenRefused",
    "Unacceptable",
    "in_one_line",
    "open_client",
    "words_of",
]
