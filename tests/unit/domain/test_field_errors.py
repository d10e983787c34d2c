"""What is wrong with a field is said in words for people."""

import pytest
from pydantic import BaseModel, ValidationError

from payment_engine.domain.requests.admin import ActIn
from payment_engine.domain.requests.field_errors import field_error
from payment_engine.domain.requests.worklists import ActionsQuery


@pytest.mark.parametrize(
    ("model", "given", "message"),
    [
        (ActIn, {"reason": "x"}, "String should have at least 3 characters"),
        (ActionsQuery, {"actor": "x" * 65}, "String should have at most 64 characters"),
    ],
)
def test_the_length_of_a_text_is_in_characters(
    model: type[BaseModel], given: dict[str, str], message: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        model.model_validate(given)
    [error] = raised.value.errors()
    assert field_error(dict(error)) == {"pointer": f"/{next(iter(given))}", "message": message}
