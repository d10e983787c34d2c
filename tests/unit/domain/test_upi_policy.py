"""Which UPI flows are open by platform, merchant, amount and day; a closed one gives its reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from payment_engine.domain.gateway import Platform
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.upi_policy import (
    FLOWS,
    POLICY,
    UpiContext,
    closed_because,
    effective_platform,
    open_flows,
)

TODAY = datetime(2026, 11, 23, 6, tzinfo=UTC)
ORDER = UpiContext(platform=Platform.ANDROID, amount=116400, at=TODAY)
INTENT, QR, COLLECT = FLOWS
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15"
CHROME = "Mozilla/5.0 (Linux; Android 16)"


@pytest.mark.parametrize(
    ("platform", "flows"),
    [
        (Platform.DESKTOP, [QR]),
        (Platform.ANDROID, [INTENT, QR]),
        (Platform.MOBILE_WEB, [INTENT, QR]),
        (Platform.IOS, [INTENT, COLLECT]),
        (None, [INTENT, QR]),
    ],
)
def test_each_platform_has_its_flows(platform: Platform | None, flows: list[Method]) -> None:
    assert open_flows(replace(ORDER, platform=platform)) == flows


@pytest.mark.parametrize("mcc", ["6012", "6211"])
def test_exempt_merchant_categories_may_still_use_collect(mcc: str) -> None:
    assert closed_because(COLLECT, replace(ORDER, mcc=mcc)) is None


def test_collect_ended_at_midnight_in_india() -> None:
    midnight = datetime(2026, 2, 27, 18, 30, tzinfo=UTC)
    assert closed_because(COLLECT, replace(ORDER, at=midnight - timedelta(seconds=1))) is None
    assert "no longer" in str(closed_because(COLLECT, replace(ORDER, at=midnight)))


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("platform", Platform)
def test_a_flow_is_open_or_has_a_reason_why_not(flow: Method, platform: Platform) -> None:
    context = replace(ORDER, platform=platform)
    assert (flow in open_flows(context)) == (closed_because(flow, context) is None)


@pytest.mark.parametrize(
    ("changes", "limit"),
    [
        ({}, 1_00_000_00),
        ({"verified": True}, 1_00_000_00),
        ({"mcc": "8062"}, 1_00_000_00),
        ({"mcc": "8062", "verified": True}, 5_00_000_00),
        ({"mcc": "5944", "verified": True}, 2_00_000_00),
        ({"mcc": "8062", "verified": True, "at": datetime(2025, 9, 14, tzinfo=UTC)}, 1_00_000_00),
    ],
)
def test_an_amount_above_the_limit_closes_upi(changes: dict[str, object], limit: int) -> None:
    assert closed_because(INTENT, replace(ORDER, amount=limit, **changes)) is None
    assert "limited to" in str(closed_because(INTENT, replace(ORDER, amount=limit + 1, **changes)))


def test_a_setting_overrides_the_limit_of_a_merchant_category() -> None:
    large = replace(ORDER, amount=4_00_000_00)
    assert closed_because(QR, large, {"5912": 5_00_000_00}) is None
    reason = closed_because(QR, large, {"5411": 5_00_000_00})
    assert reason.en == "UPI payments are limited to ₹1,00,000.00: use a card or net banking"
    assert "₹1,00,000.00" in reason.hi


def test_every_reason_has_a_hindi_text() -> None:
    reasons = {rule.closed_because for rule in POLICY} - {None}
    assert len(reasons) > 3
    assert all(any("\u0900" <= letter <= "\u097f" for letter in reason.hi) for reason in reasons)


def test_a_web_page_on_an_iphone_counts_as_ios() -> None:
    assert effective_platform(Platform.MOBILE_WEB, SAFARI) is Platform.IOS
    assert effective_platform(Platform.MOBILE_WEB, CHROME) is Platform.MOBILE_WEB
    assert effective_platform(Platform.MOBILE_WEB, None) is Platform.MOBILE_WEB
    assert effective_platform(Platform.DESKTOP, SAFARI) is Platform.DESKTOP
    assert effective_platform(None, None) is None
