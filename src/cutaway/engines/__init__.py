"""How a graph runs fast and many times: a *plan* is a graph made ready for arrays of one shape and dtype."""
