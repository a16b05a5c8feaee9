"""From a District to a City: one merged mesh a kind."""
