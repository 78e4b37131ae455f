"""What follow-ups are. Pure: no files, no clock, no SQL, no printing."""
