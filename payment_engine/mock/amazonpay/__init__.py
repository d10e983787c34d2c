"""Amazon Pay India, as far as the service, its customers and the notifications go."""
