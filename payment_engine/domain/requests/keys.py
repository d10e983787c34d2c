"""New keys of people on call, as others on call issue them."""

from typing import Annotated

from pydantic import Field

from payment_engine.domain.callers import Role
from payment_engine.domain.requests.admin import ActIn, Subject

MOST_DAYS = 400


class KeyIn(ActIn):
    """Whose key it is, what it may do, and for how many days."""

    person: Subject
    roles: Annotated[frozenset[Role], Field(min_length=1)]
    days: Annotated[int, Field(strict=True, ge=1, le=MOST_DAYS)] = 90
