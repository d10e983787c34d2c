"""Raw exchanges with gateways, kept in MongoDB and never in the way of money."""
