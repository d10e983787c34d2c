"""Drills: incidents injected into a running service, noticed by a real Prometheus, and mended by
what a person on call may do."""
