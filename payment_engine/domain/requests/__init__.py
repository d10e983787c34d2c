"""What callers send, checked field by field."""
