"""Refunds and their rules."""
