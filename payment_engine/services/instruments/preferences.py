"""User config: how a customer prefers to pay, guarded by the version that the caller has read."""

from typing import Any, Never, cast

from tortoise.exceptions import IntegrityError

from payment_engine.db.connection import Connection
from payment_engine.db.models import (
    Consent,
    CustomerConfig,
    LinkedWallet,
    SavedCard,
    SavedVpa,
    owned_by,
)
from payment_engine.domain.cards import CardState
from payment_engine.domain.consents import Purpose
from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.errors import (
    InvalidRequest,
    PreconditionFailed,
    PreconditionRequired,
)
from payment_engine.domain.gateway import Client
from payment_engine.domain.preferences import DEFAULTS, Preferences
from payment_engine.domain.requests.config import ConfigIn, ConsentIn
from payment_engine.domain.wallets import WalletState
from payment_engine.engine import Engine
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.customer import (
    ConfigOut,
    ConsentOut,
    consent_document,
)
from payment_engine.services.instruments.consents import (
    lock_consents,
    new_consent,
    record_consent,
)
from payment_engine.services.instruments.withdrawal import delete_allowed_by

_MAX_HISTORY = 50
_UNSTATED = "unstated"


async def read_config(customer: CustomerKey) -> tuple[ConfigOut, int]:
    """A customer's config and its version; version 0 if none was ever written."""
    row = await CustomerConfig.filter(**owned_by(customer)).first()
    preferences = _preferences(row)
    if not await _can_be_default(customer, preferences["default_instrument"]):
        preferences["default_instrument"] = None
    consents = Consent.filter(**owned_by(customer)).order_by("-at", "-id")
    history = await consents.limit(_MAX_HISTORY)
    config: ConfigOut = {
        **preferences,
        "consents": _latest_by_purpose(history),
        "consent_history": [consent_document(consent) for consent in history],
        "limits": row.limits if row else {},
        "version": row.version if row else 0,
        "updated_at": format_time(row.updated_at) if row else None,
    }
    return config, config["version"]


async def change_config(
    engine: Engine,
    customer: CustomerKey,
    request: ConfigIn,
    if_match: str | None,
    client: Client,
    *,
    whole: bool,
) -> tuple[ConfigOut, int]:
    """Replace the config (``whole``) or merge into it; the new config and its version.

    ``if_match`` is the header. Raises PreconditionRequired, PreconditionFailed, and
    InvalidRequest for an instrument that does not belong to this customer.
    """
    if if_match is None:
        raise PreconditionRequired
    changes = _changes(request, whole=whole)
    if not await _can_be_default(customer, changes.get("default_instrument")):
        _refuse("/default_instrument", "is none of this customer's saved cards, UPI IDs or wallets")
    try:
        async with engine.db.transaction() as tx:
            await _write(engine, tx, customer, changes, if_match)
            withdrawn = await _write_consents(engine, tx, customer, request, client)
    except IntegrityError:
        raise PreconditionFailed(version=1) from None
    for purpose in withdrawn:
        await delete_allowed_by(engine, purpose, customer)
    return await read_config(customer)


def _preferences(row: CustomerConfig | None) -> Preferences:
    return cast(Preferences, {**DEFAULTS, **(row.preferences if row else {})})


def _changes(request: ConfigIn, *, whole: bool) -> dict[str, Any]:
    """What to write, by field; null stands for the default."""
    defaults: dict[str, Any] = {**DEFAULTS}
    fields = request.model_dump(mode="json", exclude={"consents"}, exclude_unset=not whole)
    return {name: defaults[name] if value is None else value for name, value in fields.items()}


async def _write(
    engine: Engine,
    tx: Connection,
    customer: CustomerKey,
    changes: dict[str, Any],
    if_match: str,
) -> None:
    owner = owned_by(customer)
    row = await CustomerConfig.filter(**owner).using_db(tx).select_for_update().first()
    version = row.version if row else 0
    if not _matches(if_match, version):
        raise PreconditionFailed(version=version)
    preferences = cast(Preferences, {**_preferences(row), **changes})
    preferences["hidden_methods"] = sorted(set(preferences["hidden_methods"]))
    if preferences["preferred_method"] in preferences["hidden_methods"]:
        _refuse("/preferred_method", "is among the hidden methods")
    values = {"preferences": preferences, "updated_at": engine.now()}
    if row is None:
        await CustomerConfig.create(**owner, **values, limits={}, using_db=tx)
    else:
        config = CustomerConfig.filter(id=row.id).using_db(tx)
        await config.update(**values, version=version + 1)


async def _write_consents(
    engine: Engine,
    tx: Connection,
    customer: CustomerKey,
    request: ConfigIn,
    client: Client,
) -> list[Purpose]:
    """Write the consents that changed; returns the purposes without consent."""
    withdrawn = []
    for purpose, consent in (request.consents or {}).items():
        if consent is None or not consent.given:
            withdrawn.append(purpose)
            await lock_consents(tx, customer, purpose)
        await _write_consent(engine, tx, customer, purpose, consent, client)
    return withdrawn


async def _write_consent(
    engine: Engine,
    tx: Connection,
    customer: CustomerKey,
    purpose: Purpose,
    consent: ConsentIn | None,
    client: Client,
) -> None:
    """Unless it repeats the latest one for the purpose; None withdraws it."""
    earlier = Consent.filter(**owned_by(customer), purpose=purpose.value).using_db(tx)
    latest = await earlier.order_by("-at").first()
    given = consent.given if consent else False
    given_before = latest.given if latest else False
    version = consent.text_version if consent else latest.text_version if latest else _UNSTATED
    if given == given_before and (latest is None or latest.text_version == version):
        return
    record = new_consent(
        engine,
        customer,
        purpose=purpose,
        given=given,
        text_version=version,
        subject=None,
        client=client,
    )
    await record_consent(tx, record)


def _matches(if_match: str, version: int) -> bool:
    tags = {tag.strip() for tag in if_match.split(",")}
    return f'"{version}"' in tags or ("*" in tags and version > 0)


def _latest_by_purpose(history: list[Consent]) -> dict[str, ConsentOut]:
    return {consent.purpose: consent_document(consent) for consent in reversed(history)}


async def _can_be_default(customer: CustomerKey, instrument_id: str | None) -> bool:
    """Whether an instrument is this customer's and usable; no instrument at all can be default."""
    owner = owned_by(customer)
    if instrument_id is None:
        return True
    if instrument_id.startswith("crd_"):
        cards = SavedCard.filter(id=instrument_id, **owner, state=CardState.ACTIVE)
        return await cards.exists()
    if instrument_id.startswith("wal_"):
        wallets = LinkedWallet.filter(id=instrument_id, **owner, state=WalletState.LINKED)
        return await wallets.exists()
    return await SavedVpa.filter(id=instrument_id, **owner).exists()


def _refuse(pointer: str, message: str) -> Never:
    errors = [{"pointer": pointer, "message": message}]
    raise InvalidRequest(f"{pointer}: {message}", errors=errors)
