"""The one SQLite file: everything that is remembered, and who may change it."""
