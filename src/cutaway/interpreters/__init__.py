"""What can be done with a graph; each interpreter is a short function over the list of equations."""
