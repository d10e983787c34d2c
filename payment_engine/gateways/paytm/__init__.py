"""Paytm's gateway."""
