"""The whole engine on one machine: embedded databases, mock gateways, API and worker."""

from payment_engine.demo.run import run_demo

__all__ = ["run_demo"]
