"""Merchants and their keys, tokens, idempotency."""
