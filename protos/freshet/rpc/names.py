"""Resource names such as `registries/ghcr`, after AIP-122."""

from dataclasses import dataclass


class InvalidResourceName(ValueError):
    """A resource name does not have the form of its collection."""

    def __init__(self, name: str, pattern: str) -> None:
        """Note the `name` and the `pattern` it should have."""
        super().__init__(f'"{name}" is not a resource name of the form `{pattern}`')
        self.name = name
        self.pattern = pattern


@dataclass(frozen=True, slots=True)
class Collection:
    """A kind of resource, by the plural that begins its names."""

    plural: str
    singular: str

    def name(self, resource_id: str) -> str:
        """Return the resource name of `resource_id`."""
        return f"{self.plural}/{resource_id}"

    def id(self, name: str) -> str:
        """Return the last part of a resource name.

        Raises:
            InvalidResourceName: `name` is not of this collection.
        """
        plural, slash, resource_id = name.partition("/")
        if plural != self.plural or not slash or not resource_id or "/" in resource_id:
            raise InvalidResourceName(name, f"{self.plural}/{{{self.singular}}}")
        return resource_id


REGISTRIES = Collection("registries", "registry")
IMAGES = Collection("images", "image")
RUNS = Collection("runs", "run")
ARCHIVES = Collection("archives", "archive")
REGISTRY_SETTINGS = "registrySettings"
"""Name of the one resource of its kind."""
