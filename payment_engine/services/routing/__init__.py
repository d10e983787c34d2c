"""Which gateway an attempt goes to, and where it goes next when that one cannot."""
