"""HTTP only: parse, call one service, render."""

from sanic import Blueprint

from payment_engine.blueprints import admin, after, attempts, docs, gateways, init, ops, payments

ALL: tuple[Blueprint, ...] = (
    init.blueprint,
    payments.blueprint,
    attempts.blueprint,
    after.blueprint,
    admin.blueprint,
    gateways.blueprint,
    docs.blueprint,
    ops.blueprint,
)
