"""From what was compared to what is said."""
