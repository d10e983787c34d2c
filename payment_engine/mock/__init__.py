"""Imitates the gateways and the shop for demo and tests; shares no code with the service."""
