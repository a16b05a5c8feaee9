"""Windows that ask something, over the window that shows."""
