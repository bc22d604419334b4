"""What staff does with statements and differences, and what the till's process does with lines."""
