"""From the broker to the system: messages read, judged, worked on once, answered."""
