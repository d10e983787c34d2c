"""Incidents, worked by a person on call with admin routes alone, from the alert on."""
