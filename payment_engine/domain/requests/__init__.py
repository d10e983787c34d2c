"""Request bodies and queries as pydantic models."""
