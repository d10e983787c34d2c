"""Which UPI flows are open: by platform, merchant, amount and day, each refusal with its reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from payment_engine.domain.gateway import Method, Platform
from payment_engine.domain.upi_policy import FLOWS, POLICY, Asked, barred, open_flows, platform_of

TODAY = datetime(2026, 11, 23, 6, tzinfo=UTC)
ORDER = Asked(platform=Platform.ANDROID, amount=116400, at=TODAY)
INTENT, QR, COLLECT = FLOWS
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15"


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
def test_each_platform_has_its_flows_upi_4_chk_12(
    platform: Platform | None, flows: list[Method]
) -> None:
    assert open_flows(replace(ORDER, platform=platform)) == flows


@pytest.mark.parametrize("mcc", ["6012", "6211"])
def test_exempt_merchants_may_still_send_a_request_to_a_upi_id_upi_4(mcc: str) -> None:
    assert barred(COLLECT, replace(ORDER, mcc=mcc)) is None


def test_requests_to_a_upi_id_ended_on_a_day_in_india_upi_4() -> None:
    midnight = datetime(2026, 2, 27, 18, 30, tzinfo=UTC)
    assert barred(COLLECT, replace(ORDER, at=midnight - timedelta(seconds=1))) is None
    assert "no longer" in str(barred(COLLECT, replace(ORDER, at=midnight)))


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("platform", Platform)
def test_a_flow_is_open_or_says_why_it_is_not_upi_4(flow: Method, platform: Platform) -> None:
    asked = replace(ORDER, platform=platform)
    assert (flow in open_flows(asked)) == (barred(flow, asked) is None)


@pytest.mark.parametrize(
    ("changes", "most"),
    [
        ({}, 1_00_000_00),
        ({"verified": True}, 1_00_000_00),
        ({"mcc": "8062"}, 1_00_000_00),
        ({"mcc": "8062", "verified": True}, 5_00_000_00),
        ({"mcc": "5944", "verified": True}, 2_00_000_00),
        ({"mcc": "8062", "verified": True, "at": datetime(2025, 9, 14, tzinfo=UTC)}, 1_00_000_00),
    ],
)
def test_an_amount_above_the_limit_is_sent_to_another_method_upi_15(
    changes: dict[str, object], most: int
) -> None:
    assert barred(INTENT, replace(ORDER, amount=most, **changes)) is None
    assert "at most" in str(barred(INTENT, replace(ORDER, amount=most + 1, **changes)))


def test_a_setting_replaces_the_limit_of_a_merchant_category_upi_15() -> None:
    large = replace(ORDER, amount=4_00_000_00)
    assert barred(QR, large, {"5912": 5_00_000_00}) is None
    why = barred(QR, large, {"5411": 5_00_000_00})
    assert why.en == "UPI takes ₹1,00,000.00 at most: use a card or net banking"
    assert "₹1,00,000.00" in why.hi


def test_every_reason_is_said_in_hindi_as_well_chk_9() -> None:
    reasons = {rule.barred for rule in POLICY} - {None}
    assert len(reasons) > 3
    assert all(any("\u0900" <= letter <= "\u097f" for letter in why.hi) for why in reasons)


def test_a_page_in_an_iphones_browser_is_ios_to_the_rules() -> None:
    assert platform_of(Platform.MOBILE_WEB, SAFARI) is Platform.IOS
    assert platform_of(Platform.MOBILE_WEB, "Mozilla/5.0 (Linux; Android 16)") == "mobile_web"
    assert platform_of(Platform.MOBILE_WEB, None) is Platform.MOBILE_WEB
    assert platform_of(Platform.DESKTOP, SAFARI) is Platform.DESKTOP
    assert platform_of(None, None) is None
