"""Payment systems, one folder each: the same five files, none of which knows another folder."""
