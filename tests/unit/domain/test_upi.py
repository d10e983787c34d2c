"""Which UPI flows suit which device, and which link opens which app."""

from itertools import product

import pytest

from payment_engine.domain.gateway import Method, Platform
from payment_engine.domain.upi import ALLOWED, APPS, allowed, app_link, apps_among

QUERY = "pa=shop@ybl&pn=Shop%20Ltd&am=1164.00&tr=01kb3v9x7q2n8d4m5r6t&cu=INR"
OTHERS = [method for method in Method if not method.value.startswith("upi_")]


def test_every_platform_says_which_flows_it_has() -> None:
    assert set(ALLOWED) == set(Platform)


@pytest.mark.parametrize(("method", "platform"), list(product(OTHERS, Platform)))
def test_what_is_not_upi_suits_every_platform(method: Method, platform: Platform) -> None:
    assert allowed(method, platform)


def test_a_desktop_shows_a_code_and_opens_no_app() -> None:
    assert allowed(Method.UPI_QR, Platform.DESKTOP)
    assert not allowed(Method.UPI_INTENT, Platform.DESKTOP)


def test_collect_is_left_to_phones_that_cannot_choose_an_app() -> None:
    taking = {platform for platform in Platform if allowed(Method.UPI_COLLECT, platform)}
    assert taking == {Platform.IOS}


@pytest.mark.parametrize("app", APPS)
def test_an_apps_link_keeps_the_query_to_the_byte(app: str) -> None:
    assert app_link(f"upi://pay?{QUERY}", app) == f"{APPS[app].link}?{QUERY}"


def test_no_two_apps_open_with_the_same_link() -> None:
    assert len({app.link for app in APPS.values()}) == len(APPS)


def test_installed_apps_are_known_by_name_or_package_and_keep_the_clients_order() -> None:
    told = ["com.phonepe.app", "gpay", "phonepe", "whatsapp", "com.example.other"]
    assert apps_among(told) == ["phonepe", "gpay"]
