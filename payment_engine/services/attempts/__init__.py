"""Starting attempts, charging through a gateway, following up until the outcome is known."""
