"""One customer's state and `step`: events in, effects out, the same every time."""
