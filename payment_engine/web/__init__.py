"""Pages for people: the hosted checkout and the on-call console."""
