"""Do the rows, labels and numbers that reach the network belong together? One file for each way of losing them."""
