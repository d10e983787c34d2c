"""The raw gateway log: exchanges with gateways in MongoDB, written off the payment path."""
