"""The merchant of a checkout, as its customers know it."""

from sanic import Blueprint

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.domain import errors
from payment_engine.domain.requests import sizes
from payment_engine.domain.requests.brand import BrandIn
from payment_engine.services.access.brands import read_merchant
from payment_engine.services.documents.brand import BrandOut
from payment_engine.services.documents.oncall import ActionOut
from payment_engine.services.oncall import brand_actions

blueprint = Blueprint("merchants")


@operation(
    blueprint,
    "GET",
    "/v1/merchant",
    summary="Read the merchant's name, logo, colour and support contact",
    callers={"checkout", "status"},
    answers={200: BrandOut},
    errors=(errors.NotFound,),
)
async def read_brand(call: ApiCall) -> BrandOut:
    """Of the payment that the token is for."""
    row = await read_merchant(call.caller.merchant_id)
    return {
        "name": row.name,
        "logo": row.logo,
        "colour": row.colour,
        "support_email": row.support_email,
        "support_phone": row.support_phone,
        "support_url": row.support_url,
        "test_mode": call.engine.settings.test_mode,
    }


@operation(
    blueprint,
    "PUT",
    "/v1/admin/brand",
    summary="Set the merchant's logo, colour and support contact",
    callers={"admin"},
    role="config",
    body=BrandIn,
    max_body=sizes.LOGO,
    answers={200: ActionOut},
)
async def set_brand(call: ApiCall[BrandIn]) -> ActionOut:
    """What is left out is removed. The name is the merchant's own and stays."""
    return await brand_actions.set_brand(call.engine, call.caller, call.body)
