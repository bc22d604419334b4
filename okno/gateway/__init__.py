"""The only bridge between the public zone and the inside: vets, limits, detects, notifies."""
