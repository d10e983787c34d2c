"""Settlement files by the control API."""

ROUTES: tuple[tuple[()], ...] = ()
