"""The commands: demo, api, worker, mock, migrate, and those of other modules."""

import json
import re
import sys
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import cyclopts
import structlog
from cyclopts.types import ExistingDirectory

from payment_engine import (
    __version__,
    agent_command,
    doctor_command,
    key_commands,
    processes,
    record_commands,
    recover_commands,
)
from payment_engine.commands import command_engine, command_settings, mock_settings
from payment_engine.settings import Settings

cli = cyclopts.App(
    name="payment_engine",
    version=__version__,
    help="An async payment service for Indian checkouts.",
)
cli.command(key_commands.cli)
cli.command(agent_command.mcp)
cli.command(doctor_command.doctor)
cli.command(recover_commands.cli)
for _command in (processes.api, processes.worker, *record_commands.COMMANDS):
    cli.command(_command)


def _four_digits(_: object, mcc: str | None) -> None:
    if mcc is not None and not re.fullmatch("[0-9]{4}", mcc):
        raise ValueError("a merchant category code is four digits")


def _refuse_without(part: str, mend: str) -> None:
    """Exit if this installation, as the production image, has no such part."""
    if not find_spec(f"payment_engine.{part}"):
        sys.exit(f"This installation has no {part}. {mend}")


@cli.command
async def migrate(*, check: bool = False) -> None:
    """Apply all missing migrations to the database.

    To upgrade, stop every process, migrate, start the new release: the database refuses what an
    older release writes.

    Parameters
    ----------
    check
        Only check that the migrations match the models.
    """
    from payment_engine.db import migrate as migrations

    if not check:
        settings = command_settings()
        if statements := await migrations.migrate(settings.migration_url or settings.database_url):
            sys.stderr.write(f"This role may not limit its statements; please run: {statements}\n")
        await _bootstrap(settings)
    elif missing := await migrations.missing_migrations():
        sys.exit(f"The models have changes that no migration makes: {', '.join(missing)}")


async def _bootstrap(settings: Settings) -> None:
    """Create the merchant that the settings name, once."""
    if settings.bootstrap_merchant is None:
        return
    from payment_engine.engine import open_engine
    from payment_engine.services.access.merchants import register_once

    drawn = (settings.bootstrap_service_key, settings.bootstrap_admin_key)
    keys = [key.get_secret_value() for key in drawn if key]
    name, url = settings.bootstrap_merchant, settings.bootstrap_notify_url
    async with open_engine(settings) as engine:
        created = await register_once(engine, name, url, keys)
    structlog.get_logger().info("bootstrap_merchant", name=name, created=created)


@cli.command
async def merchant(
    name: str,
    *,
    notify_url: str | None = None,
    mcc: Annotated[str | None, cyclopts.Parameter(validator=_four_digits)] = None,
    upi_verified: bool | None = None,
    platform: bool = False,
    logo: Path | None = None,
    colour: str | None = None,
    support_email: str | None = None,
    support_phone: str | None = None,
    support_url: str | None = None,
    embed_origin: tuple[str, ...] = (),
) -> None:
    """Create a merchant, or more keys for an existing one; prints the keys as one line of JSON.

    The keys are printed only once. Of an existing merchant only what is given is changed.

    Parameters
    ----------
    notify_url
        The address of its order service for notifications.
    mcc
        Its merchant category code, for the UPI rules; 5912 (pharmacies) by default.
    upi_verified
        Whether it is a verified merchant of NPCI, which raises its UPI limits.
    platform
        The admin key may also change what all merchants share: routes, quarantine.
    logo
        An image of at most 36 kB for its checkout: png, jpeg, webp or svg.
    colour
        The colour of the checkout's buttons, such as #0a6c5d.
    support_email
        Where its customers ask for help; so are the phone and the address.
    embed_origin
        An origin of its pages that may show the checkout in themselves; may be given several times.
    """
    from payment_engine.brand_file import BadBrand, brand_of
    from payment_engine.services.access.brands import change_brand
    from payment_engine.services.access.merchants import register

    contact = {"email": support_email, "phone": support_phone, "url": support_url}
    try:
        brand = brand_of(logo, colour, contact, embed_origin)
    except BadBrand as error:
        sys.exit(f"This brand cannot be shown: {error}")
    async with command_engine() as engine:
        keys = await register(
            engine, name, notify_url, mcc=mcc, upi_verified=upi_verified, platform=platform
        )
        if brand:
            await change_brand(engine, keys.merchant_id, brand)
    sys.stdout.write(json.dumps(asdict(keys)) + "\n")


@cli.command
def page_check(url: str, *, gateway: tuple[str, ...] = ()) -> None:
    """Compare the checkout page that an address serves, and checkout.js, with this release's.

    Checks every byte and header as a customer gets them; exits with 1 if anything differs. Needs no
    settings. To be run from outside the installation at least once a week (PCI DSS 11.6.1).

    Parameters
    ----------
    url
        The public address of the service, such as https://pay.example.
    gateway
        The origin to which the page sends card numbers, such as https://api.juspay.in; may be
        given several times.
    """
    from payment_engine.page_check import NotReached, all_differences

    try:
        found = all_differences(url, gateway)
    except NotReached as error:
        sys.exit(str(error))
    if found:
        sys.exit("\n".join(found))
    sys.stdout.write("the page is that of this release\n")


@cli.command
def mock(
    *,
    seed: int | None = None,
    port: int | None = None,
    webhooks: str | None = None,
    door: Path | None = None,
    environment: bool = False,
) -> None:
    """Serve the mock gateways, and a shop that receives our notifications.

    Needs no settings: gateways without PE_GATEWAYS__... have test accounts.

    Parameters
    ----------
    seed
        Replays the run of that seed; without it one is drawn and printed.
    port
        Listens there instead of on PE_MOCK_PORT.
    webhooks
        Where the test accounts send their webhooks.
    door
        A folder for certificates: starts a TLS proxy for clients that know only the gateways' real
        hosts.
    environment
        Serves nothing: prints the settings of a service that pays at the test accounts, one
        NAME=value per line.
    """
    _refuse_without("mock", "The image's target mock has the mock gateways.")
    from payment_engine.mock.app import serve
    from payment_engine.mock.cli import config_for, service_environment

    settings = mock_settings()
    secret, key = settings.mock_notify_secret, settings.mock_service_key
    url = settings.mock_url or f"http://{settings.host}:{port or settings.mock_port}"
    if environment:
        for name, value in service_environment(settings.gateways, url).items():
            sys.stdout.write(f"{name}={value}\n")
        return
    if door and not find_spec("trustme"):
        sys.exit("--door needs the package trustme, which the dev extra installs.")
    serve(
        config_for(
            settings.gateways,
            service_url=settings.public_url,
            webhooks=webhooks,
            host=settings.host,
            port=port or settings.mock_port,
            public_url=url,
            shop_notify_secret=secret.get_secret_value() if secret else None,
            shop_service_key=key.get_secret_value() if key else None,
            auto_approve_after=1.0 if settings.demo_auto_approve else None,
            seed=seed,
        ),
        door,
    )


@cli.command
def new_gateway(
    name: str,
    *,
    class_name: str | None = None,
    package: Path | None = None,
) -> None:
    """Write the skeleton of a new gateway: adapter, imitation, and its case of the contract suite.

    Run it in the root of the repository, then follow docs/adding-a-gateway.md.

    Parameters
    ----------
    name
        As in settings and paths, in lower case: phonepe.
    class_name
        The prefix of its classes: PhonePe.
    package
        A new folder, for a package of its own that is found through entry points; without one the
        skeleton goes into this repository.
    """
    from payment_engine.scaffold import IN_REPOSITORY, PACKAGE, CannotWrite, write_gateway

    folder, layout = (package, PACKAGE) if package else (Path(), IN_REPOSITORY)
    if layout is IN_REPOSITORY and not Path("payment_engine", "gateways").is_dir():
        sys.exit("This is not the root of the repository: go there, or give --package.")
    try:
        written = write_gateway(name, folder, layout, class_name)
    except CannotWrite as error:
        sys.exit(f"Nothing was written: {error}.")
    sys.stdout.write("".join(f"{path}\n" for path in written))


@cli.command
def docs(folder: ExistingDirectory = Path("docs")) -> None:
    """Generate the tables in the docs from the code.

    Parameters
    ----------
    folder
        The folder of the pages.
    """
    from payment_engine.docgen import rewrite

    for name in rewrite(folder):
        sys.stdout.write(f"{name}\n")


@cli.command
def openapi() -> None:
    """Print the API's description, from which clients are generated."""
    from payment_engine.blueprints.openapi import document

    sys.stdout.write(json.dumps(document(), indent=1, ensure_ascii=False) + "\n")


@cli.command
def demo() -> None:
    """Start everything on this machine: databases, mock gateways, API and worker."""
    _refuse_without("demo", "Run it in the repository: make run.")
    from payment_engine.demo import run_demo

    sys.exit(run_demo())
