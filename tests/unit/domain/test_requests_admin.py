"""On-call requests: something to search for, something to change, a reason."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from payment_engine.domain.requests.admin import (
    ActIn,
    BannerIn,
    RouteIn,
    SearchQuery,
    SyncBatchIn,
)
from payment_engine.domain.requests.cursors import PageCursor, PageText
from payment_engine.domain.requests.worklists import AttemptsQuery, JobsQuery, QuarantineQuery

WINDOW = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-02T00:00:00+05:30"}


@pytest.mark.parametrize("query", [{"q": "PO24068"}, {"amount": "100", **WINDOW}])
def test_a_search_has_a_text_or_an_amount_within_a_time(query):
    assert SearchQuery.model_validate_strings(query)


@pytest.mark.parametrize(
    "query", [{}, WINDOW, {"amount": "100"}, {"q": "x", "since": "2026-11-01"}]
)
def test_a_search_that_would_find_everything_is_refused(query):
    with pytest.raises(ValidationError):
        SearchQuery.model_validate_strings(query)


def test_a_time_is_read_although_its_plus_was_not_escaped():
    window = {"since": "2026-11-01T00:00:00 05:30", "until": "2026-11-02T00:00:00 0530"}
    query = SearchQuery.model_validate_strings({"amount": "100", **window})
    assert (query.since.isoformat(), query.until.isoformat()) == (
        "2026-11-01T00:00:00+05:30",
        "2026-11-02T00:00:00+05:30",
    )


@pytest.mark.parametrize("change", [{"enabled": False}, {"weight": 0}])
def test_a_route_can_be_switched_or_given_a_weight(change):
    assert RouteIn(reason="the bank called", **change)


def test_a_route_that_changes_nothing_is_refused():
    with pytest.raises(ValidationError, match="enabled, weight or both"):
        RouteIn(reason="the bank called")


@pytest.mark.parametrize(
    "body",
    [{}, {"en": "UPI is slow.", "expires_in": 600}, {"en": "a", "hi": "b", "expires_in": 60}],
)
def test_a_banner_has_an_end_or_no_text(body):
    assert BannerIn(reason="the bank called", **body)


@pytest.mark.parametrize(
    ("body", "missing"),
    [({"en": "UPI is slow."}, "how many seconds"), ({"hi": "b", "expires_in": 60}, "in English")],
)
def test_a_banner_without_an_end_or_english_is_refused(body, missing):
    with pytest.raises(ValidationError, match=missing):
        BannerIn(reason="the bank called", **body)


@pytest.mark.parametrize("reason", ["", "ab", "a\nb c"])
def test_an_action_has_a_reason(reason):
    with pytest.raises(ValidationError):
        ActIn(reason=reason)


@pytest.mark.parametrize("after", ["att_1", "att_" + "u" * 20, "01m83y4hahgvnsyq3gr4"])
def test_a_page_continues_only_after_a_cursor(after):
    with pytest.raises(ValidationError, match="cursor"):
        AttemptsQuery(after=after)
    with pytest.raises(ValidationError, match="cursor"):
        SyncBatchIn(reason="the bank called", after=after)


def test_jobs_are_listed_by_number():
    after = PageCursor(at=datetime(2026, 11, 1, tzinfo=UTC), key="7")
    assert JobsQuery(after=str(after)).after == after
    with pytest.raises(ValidationError, match="cursor"):
        JobsQuery(after=str(PageCursor(at=after.at, key="att_1")))


def test_a_list_ends_after_it_begins():
    assert QuarantineQuery.model_validate_strings(WINDOW).since
    with pytest.raises(ValidationError, match="later than since"):
        QuarantineQuery.model_validate_strings({"since": WINDOW["since"], "until": WINDOW["since"]})


def test_a_page_of_keys_goes_on_at_a_cursor_of_that_list():
    cursor = str(PageCursor(at=datetime(2026, 11, 26, tzinfo=UTC), key="key_1"))
    assert TypeAdapter(PageText).validate_python(cursor) == cursor
    with pytest.raises(ValidationError, match="must be the cursor of an earlier page"):
        TypeAdapter(PageText).validate_python("key_1")
