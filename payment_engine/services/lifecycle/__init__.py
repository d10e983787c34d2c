"""How a payment changes, and who waits for it: the only writer of a status."""
