"""Pure values and rules: no I/O, no framework, no clock but the one passed in."""
