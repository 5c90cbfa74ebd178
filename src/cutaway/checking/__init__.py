"""Is this backward pass right? If not: what is wrong, on which line, with the proof, and the corrected expression."""
