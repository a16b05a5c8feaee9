"""From OpenStreetMap, over the network or out of files, to a District."""
