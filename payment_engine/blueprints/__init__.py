"""HTTP only: parse, call one service, render."""

from sanic import Blueprint

from payment_engine.blueprints import (
    actions,
    admin,
    amazonpay,
    attempts,
    cards,
    docs,
    events,
    gateways,
    keys,
    merchants,
    money_operations,
    ops,
    payment_init,
    payments,
    paytm,
    reference,
    upi,
    user_config,
    worklists,
)

ALL: tuple[Blueprint, ...] = (
    payment_init.blueprint,
    payments.blueprint,
    attempts.blueprint,
    money_operations.blueprint,
    events.blueprint,
    cards.blueprint,
    upi.blueprint,
    user_config.blueprint,
    paytm.blueprint,
    amazonpay.blueprint,
    admin.blueprint,
    worklists.blueprint,
    actions.blueprint,
    keys.blueprint,
    gateways.blueprint,
    merchants.blueprint,
    docs.blueprint,
    reference.blueprint,
    ops.blueprint,
)
