"""Auto-payment: rules that customers make, and their turns."""
