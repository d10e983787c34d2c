"""Every gateway that verifies UPI ids says yes, no, and nothing that is written down."""

import pytest
from pydantic import SecretStr

pytestmark = pytest.mark.needs("verify_vpa")


async def test_a_upi_id_that_exists_is_valid_and_another_is_not(gateway):
    assert (await gateway.verify_vpa(SecretStr("asha.rao@okaxis"), "cust_1")).valid
    assert not (await gateway.verify_vpa(SecretStr("invalid.rao@okaxis"), "cust_1")).valid


async def test_neither_the_upi_id_nor_its_owners_name_is_recorded(gateway, recorded):
    facts = await gateway.verify_vpa(SecretStr("asha.rao@okaxis"), "cust_1")

    assert recorded
    assert "asha.rao" not in repr(recorded)
    assert facts.name is None or facts.name not in repr(recorded)
