"""The check at the end of each test that ran the service."""

import pytest

from tests.invariants import check_invariants
from tests.world import World


async def leave_unfollowed(world: World) -> str:
    """An attempt that may still be paid, and that no job follows up."""
    attempt = await world.start_attempt((await world.open_payment())["id"])
    await world.sql("DELETE FROM job RETURNING id")
    return str(attempt["id"])


async def test_a_test_fails_that_leaves_books_which_do_not_add_up(
    world: World, database: str, request: pytest.FixtureRequest
) -> None:
    attempt_id = await leave_unfollowed(world)
    expected = f"{attempt_id} is pending, and nothing follows it up"
    with pytest.raises(pytest.fail.Exception, match=expected):
        await check_invariants(request, database)


@pytest.mark.breaks_invariants("deletes the job of an attempt, to see that it is not checked")
async def test_a_test_with_the_marker_is_not_checked(world: World) -> None:
    await leave_unfollowed(world)
