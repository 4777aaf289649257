"""The keys of older types of steps, and of those that catalogues provide."""

from __future__ import annotations

from compiler.language.objects import Field, MapOf, Object, Table
from compiler.language.shapes import MAPPING, ListOf, Numeric, OneOf, String
from compiler.language.tables.common import FIELDS, with_common
from compiler.language.tables.git_clone import WORKING_DIRECTORY

PRECONFIGURED = (
    "mysql",
    "postgresql",
    "mariadb",
    "mongodb",
    "couchdb",
    "rabbitmq",
    "memcached",
    "redis",
    "cassandra",
    "neo4j",
    "elasticsearch",
    "rethinkdb",
)


def _passed(**_: object) -> bool:
    """Make something of a mapping that is passed on as it is written."""
    return True


_SERVICE_MAP = MapOf(
    Object(
        Table(
            (
                Field(name="image", required=True, doc="Image of the service."),
                Field(name="ports", shape=ListOf(Numeric()), doc="Ports it listens on."),
                Field(
                    name="environment",
                    shape=OneOf(
                        ListOf(String(pattern=r"\w\w+=[\s\S]*", form="`NAME=value`")), MAPPING
                    ),
                    doc="Its environment: a list of `NAME=value`, or a mapping.",
                ),
            )
        ),
        _passed,
    )
)
_PRECONFIGURED_LIST = ListOf(String(choices=PRECONFIGURED))


def _test(command: Field) -> Field:
    return Field(
        name="test",
        required=True,
        shape=Object(
            Table(
                (
                    Field(name="image", required=True, doc="Image of the tests."),
                    command,
                    WORKING_DIRECTORY,
                )
            ),
            _passed,
        ),
        doc="The container whose exit code decides the result.",
    )


_COMMAND = Field(name="command", required=True, doc="Command that runs the tests.")
_COMMANDS = Field(
    name="commands",
    required=True,
    shape=ListOf(String(pattern=r"[\s\S]*\S[\s\S]*", form="a command"), at_least=1),
    doc="Commands that run the tests.",
)

INTEGRATION_TEST = Table(
    with_common(
        _test(_COMMANDS),
        Field(name="services", shape=_SERVICE_MAP, doc="Services by name."),
        Field(name="preconfigured_services", shape=_PRECONFIGURED_LIST, doc="Well-known services."),
    ),
    is_open=True,
)
TRAVIS = Table(
    with_common(
        _test(_COMMAND),
        Field(name="services", required=True, shape=_SERVICE_MAP, doc="Services by name."),
    ),
    is_open=True,
)
SIMPLE_TRAVIS = Table(
    with_common(
        _test(_COMMAND),
        Field(
            name="services",
            required=True,
            shape=_PRECONFIGURED_LIST,
            doc="Well-known services.",
        ),
    ),
    is_open=True,
)
HELM = Table(with_common(WORKING_DIRECTORY), is_open=True)
PLUGIN = Table(FIELDS, is_open=True, input_key="arguments")
"""Steps of catalogues, whose own schema governs `arguments`."""
