"""Signing in, sessions, passwords, people."""
