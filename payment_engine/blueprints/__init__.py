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
    levers,
    ops,
    payments,
    paytm,
    upi,
    user_config,
)

ALL: tuple[Blueprint, ...] = (
    init.blueprint,
    payments.blueprint,
    attempts.blueprint,
    after.blueprint,
    cards.blueprint,
    upi.blueprint,
    user_config.blueprint,
    paytm.blueprint,
    amazonpay.blueprint,
    admin.blueprint,
    levers.blueprint,
    gateways.blueprint,
    docs.blueprint,
    ops.blueprint,
)
