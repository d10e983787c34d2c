"""Amazon Pay India's gateway."""
