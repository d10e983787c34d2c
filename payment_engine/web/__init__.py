"""Web pages: the hosted checkout and the on-call console."""
