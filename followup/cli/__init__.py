"""The face: one module per command family. Parse, call, show."""
