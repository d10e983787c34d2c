"""An async payment service for Indian checkouts."""

__version__ = "0.1.0"
