"""Jobs, messages to the order service, and when to try again."""
