"""The settings of the registry service."""

from dataclasses import dataclass

from freshet.database import has_password
from freshet.rpc.program import ServiceSettings, read_count
from freshet.rpc.settings import setting
from registry_service.access.records import DEFAULT_RETENTION


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrySettings(ServiceSettings):
    """What every service is told, and what the registry service is."""

    database: str = setting(
        "URL of a PostgreSQL; a flag must not hold its password",
        metavar="URL", default="", shown="SQLite in the state directory", secret=has_password,
    )  # fmt: skip
    audit_days: int = setting(
        "how many days the audit log goes back",
        read=read_count,
        metavar="COUNT",
        default=DEFAULT_RETENTION.days,
    )
    audit_entries: int = setting(
        "how many entries the audit log has at most",
        read=read_count, metavar="COUNT", default=DEFAULT_RETENTION.entry_count,
    )  # fmt: skip
