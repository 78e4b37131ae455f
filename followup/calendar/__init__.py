"""Follow-ups become calendar files."""
