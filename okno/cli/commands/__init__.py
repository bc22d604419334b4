"""The commands of `okno`, one file each. Exit status: 0 done, 1 refused, 2 wrong usage, 3 missing."""
