"""How customers like to pay: their own word, changed only by who saw what it was."""

from typing import Any, cast

from tortoise.exceptions import IntegrityError

from payment_engine.db.connection import Connection
from payment_engine.db.models import Consent, CustomerConfig, LinkedWallet, SavedCard, SavedVpa
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import (
    InvalidRequest,
    PreconditionFailed,
    PreconditionRequired,
)
from payment_engine.domain.gateway import Client
from payment_engine.domain.requests.config import ConfigIn
from payment_engine.engine import Engine
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.customer import ConfigOut, ConsentOut, Preferences
from payment_engine.services.instruments.consents import record_consent
from payment_engine.services.instruments.forgetting import forget_for

DEFAULTS: Preferences = {
    "preferred_method": None,
    "default_instrument": None,
    "hidden_methods": [],
    "language": "en",
}
_MOST_HISTORY = 50
_UNSTATED = "unstated"


async def read_config(owner: dict[str, str]) -> tuple[ConfigOut, int]:
    """A customer's config, and its version; one that was never set is of version 0."""
    row = await CustomerConfig.filter(**owner).first()
    preferences = _stored(row)
    if not await _theirs(owner, preferences["default_instrument"]):
        preferences["default_instrument"] = None
    history = await Consent.filter(**owner).order_by("-at", "-id").limit(_MOST_HISTORY)
    document: ConfigOut = {
        **preferences,
        "consents": _current(history),
        "consent_history": [_said(each) for each in history],
        "limits": row.limits if row else {},
        "version": row.version if row else 0,
        "updated_at": format_time(row.updated_at) if row else None,
    }
    return document, document["version"]


async def change_config(
    engine: Engine,
    caller: Caller,
    asked: ConfigIn,
    seen: str | None,
    client: Client,
    *,
    whole: bool,
) -> tuple[ConfigOut, int]:
    """Replace the config (``whole``) or merge into it; the new one and its version.

    ``seen`` is the If-Match header. Raises PreconditionRequired, PreconditionFailed, and
    InvalidRequest for an instrument that is not this customer's.
    """
    if seen is None:
        raise PreconditionRequired
    owner = owner_of(caller)
    defaults: dict[str, Any] = {**DEFAULTS}
    changes = asked.model_dump(mode="json", exclude={"consents"}, exclude_unset=not whole)
    changes = {name: defaults[name] if v is None else v for name, v in changes.items()}
    if not await _theirs(owner, changes.get("default_instrument")):
        _refuse("/default_instrument", "is none of this customer's saved cards, UPI IDs or wallets")
    try:
        async with engine.db.transaction() as tx:
            await _write(engine, tx, owner, changes, seen)
            taken_back = await _consent(engine, tx, owner, asked, client)
    except IntegrityError:
        raise PreconditionFailed(version=1) from None
    for purpose in taken_back:
        await forget_for(engine, purpose, owner)
    return await read_config(owner)


def owner_of(caller: Caller) -> dict[str, str]:
    """Whose things: the columns that name a customer."""
    return {"merchant_id": caller.merchant_id, "customer_ref": str(caller.customer_ref)}


def _stored(row: CustomerConfig | None) -> Preferences:
    return cast(Preferences, {**DEFAULTS, **(row.preferences if row else {})})


async def _write(
    engine: Engine,
    tx: Connection,
    owner: dict[str, str],
    changes: dict[str, Any],
    seen: str,
) -> None:
    row = await CustomerConfig.filter(**owner).using_db(tx).select_for_update().first()
    version = row.version if row else 0
    if not _matches(seen, version):
        raise PreconditionFailed(version=version)
    preferences = {**_stored(row), **changes}
    preferences["hidden_methods"] = sorted(set(preferences["hidden_methods"]))
    if preferences["preferred_method"] in preferences["hidden_methods"]:
        _refuse("/preferred_method", "is among the hidden methods")
    now = {"preferences": preferences, "updated_at": engine.now()}
    if row is None:
        await CustomerConfig.create(**owner, **now, limits={}, using_db=tx)
    else:
        mine = CustomerConfig.filter(id=row.id).using_db(tx)
        await mine.update(**now, version=version + 1)


async def _consent(
    engine: Engine,
    tx: Connection,
    owner: dict[str, str],
    asked: ConfigIn,
    client: Client,
) -> list[str]:
    """Write down what changed; the purposes for which nothing may be kept, said again or not."""
    taken_back = []
    for purpose, word in (asked.consents or {}).items():
        last = await Consent.filter(**owner, purpose=purpose).using_db(tx).order_by("-at").first()
        given = word.given if word else False
        version = word.text_version if word else (last.text_version if last else _UNSTATED)
        if not given:
            taken_back.append(str(purpose))
        if (last.given if last else False) == given and (not last or last.text_version == version):
            continue
        await record_consent(
            engine,
            tx,
            **owner,
            purpose=purpose,
            given=given,
            text_version=version,
            subject=None,
            client=client,
        )
    return taken_back


def _matches(seen: str, version: int) -> bool:
    tags = {tag.strip() for tag in seen.split(",")}
    return f'"{version}"' in tags or ("*" in tags and version > 0)


def _current(history: list[Consent]) -> dict[str, ConsentOut]:
    """The last word on each purpose."""
    return {each.purpose: _said(each) for each in reversed(history)}


def _said(consent: Consent) -> ConsentOut:
    return {
        "purpose": consent.purpose,
        "given": consent.given,
        "text_version": consent.text_version,
        "channel": consent.channel,
        "subject": consent.subject,
        "at": format_time(consent.at),
    }


async def _theirs(owner: dict[str, str], instrument_id: str | None) -> bool:
    """Whether an instrument can be this customer's default; none at all can."""
    if instrument_id is None:
        return True
    if instrument_id.startswith("crd_"):
        return await SavedCard.filter(id=instrument_id, **owner, state="active").exists()
    if instrument_id.startswith("wal_"):
        return await LinkedWallet.filter(id=instrument_id, **owner, state="linked").exists()
    return await SavedVpa.filter(id=instrument_id, **owner).exists()


def _refuse(pointer: str, message: str) -> None:
    places = [{"pointer": pointer, "message": message}]
    raise InvalidRequest(f"{pointer}: {message}", errors=places)
