"""Juspay's gateway."""
