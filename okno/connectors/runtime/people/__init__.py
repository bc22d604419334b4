"""Everything about people: who they are, whether they proved it, what they may do. Personal data leave it sealed."""
