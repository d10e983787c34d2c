"""API keys as people on call see them: never the key itself, but for a new one, once."""

from typing_extensions import TypedDict

from payment_engine.db.models import ApiKey
from payment_engine.services.documents.base import Time, document, format_time
from payment_engine.services.documents.oncall import ActionOut


@document
class KeyOut(TypedDict):
    """A key: whose it is, what it may do, and until when."""

    id: str
    person: str | None
    roles: list[str]
    created_at: Time
    created_by: str | None
    expires_at: Time | None
    revoked_at: Time | None


@document
class KeyList(TypedDict):
    """All keys of the merchant, newest first; also those that are valid no longer."""

    keys: list[KeyOut]


@document
class NewKeyOut(ActionOut):
    """The action, and the new key, which is shown this once; None in a dry run."""

    key: str | None


def key_document(row: ApiKey) -> KeyOut:
    """One key."""
    return {
        "id": row.id,
        "person": row.person,
        "roles": row.roles.split(),
        "created_at": format_time(row.created_at),
        "created_by": row.created_by,
        "expires_at": format_time(row.expires_at),
        "revoked_at": format_time(row.revoked_at),
    }
