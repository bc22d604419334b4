"""The book's customers: who fits what somebody typed, and who stands behind an account."""
