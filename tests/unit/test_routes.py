"""What a process knows of its routes, without a database."""

from payment_engine.domain.payment_methods import Method
from payment_engine.domain.routing import BreakerState, BreakerStatus, RouteSetting, RoutingState
from payment_engine.gateways.health import STREAK
from payment_engine.routes import STALE_AFTER, Routes
from tests.seconds import Seconds

ROUTE = ("juspay", Method.CARD)


def test_a_route_that_is_not_named_is_enabled_and_closed() -> None:
    state = Routes().state
    assert (state.setting(ROUTE), state.breaker(ROUTE)) == (RouteSetting(), BreakerState())
    assert state.breaker(ROUTE).closed


def test_the_state_is_stale_until_read_and_again_after_a_second() -> None:
    clock = Seconds()
    routes = Routes(clock)
    assert routes.stale()
    routes.reading()
    assert not routes.stale()
    clock.now += STALE_AFTER
    assert routes.stale()
    routes.update(RoutingState())
    assert not routes.stale()


def test_a_breaker_that_closed_forgets_the_failures_that_opened_it() -> None:
    routes = Routes(Seconds())
    for _ in range(STREAK):
        routes.health(ROUTE).note(ok=False)
    opened = BreakerState(state=BreakerStatus.OPEN, failures=1)
    routes.update(RoutingState(breakers={ROUTE: opened}))
    assert routes.health(ROUTE).broken()
    routes.update(RoutingState(breakers={ROUTE: BreakerState()}))
    assert not routes.health(ROUTE).broken()


def test_whether_a_bank_is_down_is_judged_once_a_second() -> None:
    clock = Seconds()
    routes = Routes(clock)
    sbi, hdfc = (Method.NETBANKING, "SBI"), (Method.NETBANKING, "HDFC")
    assert [routes.may_judge(each) for each in (sbi, hdfc, sbi)] == [True, True, False]
    clock.now += STALE_AFTER
    assert routes.may_judge(sbi)
