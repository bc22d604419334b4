"""What the inside answers about first registrations."""
