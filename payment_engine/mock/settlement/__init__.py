"""What the gateways pay out, their files about it, and the mistakes that can be planted there."""
