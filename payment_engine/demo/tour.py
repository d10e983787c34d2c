"""The addresses to open, and the whole flow as curl lines to paste into a shell."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from payment_engine.demo.plan import Plan
from payment_engine.demo.shop import example_order


def tour(
    plan: Plan, environ: Mapping[str, str], keys: Mapping[str, str], order: Mapping[str, Any]
) -> str:
    """The text for the terminal, with this run's addresses and keys."""
    return f"""
Open
  {order["checkout"]["url"]}
      the checkout of order {order["order_id"]}
  {plan.mock}/shop/
      the demo's shop: buy, pay, and see what the shop was told
  {plan.mock}/
      the customer's side: approve or decline payments
  {plan.api}/console
      the console for people on call, with one of these keys:
      {keys["asha_key"]} (asha, may do everything)
      {keys["kiran_key"]} (kiran, may only read)

The whole flow, to paste into a shell:

{curl_lines(plan, environ, keys)}
All of this for scripts: {plan.run_dir / "demo.json"}
Ctrl-C stops everything.
"""


def curl_lines(plan: Plan, environ: Mapping[str, str], keys: Mapping[str, str]) -> str:
    """The flow from init to refund as shell lines; each paste uses new orders."""
    order = example_order() | {"order_id": "TOUR-$1", "return_url": f"{plan.mock}/shop/return"}
    values = {
        "API": plan.api,
        "MOCK": plan.mock,
        "SERVICE_KEY": keys["service_key"],
        "ADMIN_KEY": keys["admin_key"],
        "ORDER": json.dumps(order),
        "MERCHANT": environ.get("PE_GATEWAYS__JUSPAY__MERCHANT_ID", ""),
    }
    lines = (files(__package__) / "tour.sh").read_text()
    for name, value in values.items():
        lines = lines.replace(f"@{name}@", value)
    return lines
