"""Juspay's side of Express Checkout, as far as the service and its customers see it."""
