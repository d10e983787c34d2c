"""The journal knows which calls got no answer, and how long repeated ones waited."""

from tests.chaos.journal import Call, Journal

IN_PROGRESS = "409 idempotency_in_progress"


def tried(journal: Journal, *outcomes: str, cut: bool = False) -> Call:
    call = journal.begin("attempt", "key", "pay_1")
    for number, outcome in enumerate(outcomes):
        journal.tried(call, outcome, cut=cut and number == 0)
    return call


def test_a_call_is_unanswered_until_it_is_answered_or_abandoned() -> None:
    journal = Journal()
    answered, abandoned = tried(journal, "201"), tried(journal, "503 unavailable")
    tried(journal, "ServerDisconnectedError", "503 unavailable")
    journal.answered(answered)
    abandoned.abandoned = True
    [left] = journal.unanswered()
    assert (left.key, left.payment_id, left.last) == ("key", "pay_1", "503 unavailable")


def test_a_call_that_was_in_progress_after_it_was_cut_short_had_committed_its_intent() -> None:
    journal = Journal()
    for outcomes in (("reset", "201"), ("reset", IN_PROGRESS, "201")):
        journal.answered(tried(journal, *outcomes, cut=True))
    journal.answered(tried(journal, IN_PROGRESS, "201"))
    assert len(journal.cut_short(running=False)) == 1
    [(cut_at, ended)] = journal.cut_short(running=True)
    assert cut_at <= ended


def test_the_most_that_anybody_was_answered_as_captured_counts() -> None:
    journal = Journal()
    for captured in (0, 500, 300):
        journal.saw({"id": "pay_1", "amount_captured": captured})
    assert journal.documents == {"pay_1": 500}


def test_only_answers_of_500_are_internal_errors() -> None:
    journal = Journal()
    tried(journal, "503 unavailable", "201")
    assert not journal.internal_errors()
    tried(journal, "500 internal")
    assert journal.internal_errors() == ["attempt was answered 500 internal 1 times"]
