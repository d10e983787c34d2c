"""HTTP only: parse, call one service, render."""

from sanic import Blueprint

from payment_engine.blueprints import (
    admin,
    after,
    amazonpay,
    attempts,
    cards,
    docs,
    gateways,
    init,
    ops,
    payments,
    paytm,
    upi,
)

ALL: tuple[Blueprint, ...] = (
    init.blueprint,
    payments.blueprint,
    attempts.blueprint,
    after.blueprint,
    cards.blueprint,
    upi.blueprint,
    paytm.blueprint,
    amazonpay.blueprint,
    admin.blueprint,
    gateways.blueprint,
    docs.blueprint,
    ops.blueprint,
)
