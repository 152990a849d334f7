"""What readers of traces share: spans in columns, and facts from their critical paths."""
