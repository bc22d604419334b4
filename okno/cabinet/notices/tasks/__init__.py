"""The sender: messages to people, from sealed rows to a carrier."""
