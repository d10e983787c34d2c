"""Other ways to write the same service, each as its guides and its users would write it."""
