"""The year's optimal dispatch."""
