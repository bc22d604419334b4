"""The till: the process that speaks with payment systems."""
