"""Real processes under load, killed and cut off: nothing may be lost, doubled or left open."""
