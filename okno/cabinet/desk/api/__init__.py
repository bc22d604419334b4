"""What the desk answers beside the pages of its lists: its door, and the slips of whole districts."""
