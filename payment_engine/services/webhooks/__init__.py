"""What gateways report by webhook or browser return."""
