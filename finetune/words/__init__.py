"""Word lists of the synthetic notes: what may be said, how it is written down, and what it means in plain words."""
