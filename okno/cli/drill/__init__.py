"""Drills: what a running installation is put through on purpose, and what its books and its cabinet say afterwards."""
