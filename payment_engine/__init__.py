"""An async payment service for Indian checkouts."""

__version__ = "1.0.0rc1"
