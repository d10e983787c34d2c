"""For on-call staff: search, timeline, worklists, and actions with their audit log."""
