"""The errors of databases as errors of this service."""

from freshet.database import (
    DatabaseDamaged,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseTooNew,
    DatabaseUnavailable,
)
from registry_service.errors import (
    StoreDamaged,
    StoreFull,
    StoreReadOnly,
    StoreTooNew,
    StoreUnavailable,
)


def trouble_of(error: DatabaseUnavailable) -> StoreUnavailable:
    """Return the error that callers are told."""
    match error:
        case DatabaseDamaged():
            return StoreDamaged(str(error))
        case DatabaseReadOnly():
            return StoreReadOnly(str(error))
        case DatabaseFull():
            return StoreFull(str(error))
        case DatabaseTooNew():
            return StoreTooNew(str(error))
        case _:
            return StoreUnavailable(str(error))
