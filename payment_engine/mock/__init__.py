"""Imitates the gateways and the shop, for the demo and tests; shares no code with the service."""
