"""followup: a command-line follow-up scheduler for solo freelancers."""

__version__ = "0.1.0"
