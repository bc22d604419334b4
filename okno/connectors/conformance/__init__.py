"""The conformance suite: what an integrator runs against his own adapter. It knows the wire, and no system."""
