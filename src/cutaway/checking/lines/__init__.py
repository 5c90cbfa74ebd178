"""Lines of the author's program: where a backward pass leaves the true one, and what stands there."""
