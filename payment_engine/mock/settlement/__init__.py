"""Payouts of the gateways, their settlement files, and breaks that can be planted in them."""
