"""The ranking of gateways: in proportion to weight, and stable for the same attempt."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from payment_engine.domain.payment_methods import Method
from payment_engine.domain.routing import (
    BreakerState,
    Candidate,
    Decision,
    RouteSetting,
    RoutingState,
    Weight,
    ranked,
    shares,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_the_same_seed_gives_the_same_order():
    weights = {"a": 50, "b": 30, "c": 20}
    assert ranked("att_1", weights) == ranked("att_1", dict(reversed(weights.items())))


def test_over_many_attempts_each_gateway_gets_its_share():
    first = Counter(ranked(f"att_{n}", {"a": 70, "b": 30})[0] for n in range(4000))
    assert 0.66 < first["a"] / 4000 < 0.74


def test_a_gateway_of_weight_zero_is_the_last_resort():
    orders = {ranked(f"att_{n}", {"a": 0, "b": 1, "c": 1}) for n in range(50)}
    assert {order[-1] for order in orders} == {"a"}
    assert {order[0] for order in orders} == {"b", "c"}


def test_every_gateway_is_ranked_once():
    assert sorted(ranked("att_1", {"a": 1, "b": 0, "c": 1000})) == ["a", "b", "c"]
    assert ranked("att_1", {}) == ()


def test_an_open_breaker_admits_nothing_until_a_probe_is_due():
    opened = BreakerState(state="open", probe_at=NOW)
    assert opened.admits(NOW - timedelta(seconds=1)) == "none"
    assert opened.admits(NOW) == "probe"
    assert (
        BreakerState(state="half_open", probe_at=NOW + timedelta(seconds=60)).admits(NOW) == "none"
    )
    assert BreakerState().admits(NOW) == "all"


def test_the_most_specific_weight_counts_and_is_named():
    route, bank = ("juspay", Method.NETBANKING), "HDFC"
    nothing_set = RoutingState()
    assert nothing_set.weight(route, bank, None) == Weight(value=100, rule="usual")
    assert nothing_set.weight(route, bank, 30) == Weight(value=30, rule="configured")
    set_on_call = RoutingState(
        settings={route: RouteSetting(weight=50)}, provider_weights={(*route, bank): 0}
    )
    assert set_on_call.weight(route, bank, 30) == Weight(value=0, rule="juspay/netbanking/HDFC")
    for other in ("ICIC", None):
        weight = set_on_call.weight(route, other, 30)
        assert weight == Weight(value=50, rule="juspay/netbanking")


def test_shares_are_those_of_the_first_turn():
    assert shares({"a": 30, "b": 10}) == {"a": 75, "b": 25}
    assert shares({"a": 0, "b": 10}) == {"a": 0, "b": 100}
    assert shares({"b": 0, "a": 0}) == {"a": 100, "b": 0}
    assert shares({}) == {}


def test_a_decision_names_the_rule_of_the_chosen_gateways_weight():
    one = Candidate(gateway="a", weight=70, health="up", breaker="closed", rule="a/card/rupay")
    other = Candidate(gateway="b", weight=10, health="up", breaker="closed")
    decision = Decision(order=("a", "b"), candidates=(one, other))
    assert [decision.inputs(each)["rule"] for each in ("a", "b")] == ["a/card/rupay", "usual"]


def test_a_decision_records_all_of_its_inputs():
    one = Candidate(gateway="a", weight=70, health="up", breaker="closed")
    other = Candidate(gateway="b", weight=0, health="down", breaker="open", left_out="breaker_open")
    inputs = Decision(order=("a",), candidates=(one, other)).inputs("a")
    assert (inputs["chosen"], inputs["order"]) == ("a", ["a"])
    assert [each["left_out"] for each in inputs["candidates"]] == [None, "breaker_open"]
