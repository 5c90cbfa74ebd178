"""A user's program, run as its user runs it, watched, and left as it was."""
