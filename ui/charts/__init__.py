"""What sensors said: curves of a stretch of time, raw values, and where they come from."""
