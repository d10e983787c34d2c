"""Which link opens which UPI app, and how installed apps are recognised."""

import pytest

from payment_engine.domain.gateway import Platform
from payment_engine.domain.upi import APPS, app_link, apps_among

QUERY = "pa=shop@ybl&pn=Shop%20Ltd&am=1164.00&tr=01kb3v9x7q2n8d4m5r6t&cu=INR"


@pytest.mark.parametrize("app", APPS)
def test_an_app_link_copies_the_query_byte_for_byte(app: str) -> None:
    link = app_link(f"upi://pay?{QUERY}", app, Platform.IOS)
    assert link == (f"{APPS[app].link}?{QUERY}", None)


@pytest.mark.parametrize("platform", [Platform.ANDROID, Platform.MOBILE_WEB, None])
def test_android_opens_an_app_by_its_package_and_not_by_a_link_of_ios(platform) -> None:
    assert app_link(f"upi://pay?{QUERY}", "phonepe", platform) == (
        f"upi://pay?{QUERY}",
        "com.phonepe.app",
    )


def test_no_two_apps_open_with_the_same_link() -> None:
    assert len({app.link for app in APPS.values()}) == len(APPS)


def test_installed_apps_are_found_by_name_or_package_in_the_clients_order() -> None:
    installed = ["com.phonepe.app", "gpay", "phonepe", "whatsapp", "com.example.other"]
    assert apps_among(installed) == ["phonepe", "gpay"]
