"""Reading of foreign bytes with no leniency: one spelling of each thing, everything else refused by its own code."""
