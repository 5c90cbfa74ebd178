"""Are the printed and kept numbers those of the network? One file for each way of showing another."""

HINT = "Work out one printed number by hand, from the parameters of that moment."
