"""Bank statements as files: three formats, one model."""
