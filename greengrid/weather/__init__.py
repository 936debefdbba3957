"""Sun, wind, water, demand and neighbours' prices of one weather year."""
