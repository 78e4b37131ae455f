"""Message templates become drafts, one per channel."""
