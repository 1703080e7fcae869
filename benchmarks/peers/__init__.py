"""`make bench-peers`: the plain job on Tierline and on its peers, side by side."""
