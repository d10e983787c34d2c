"""What people on call do: find, read, mend; every action is written down."""
