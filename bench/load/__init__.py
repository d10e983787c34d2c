"""Load by wrk: its scripts, and what a burst measures."""
