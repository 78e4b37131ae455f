"""The tests, in the rooms of the package, and those of the whole: by properties, faults, fuzz and other programs."""
