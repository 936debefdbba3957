"""A pandapower net of somebody else's as a folder of our tables: read as plain values, placed, written, checked."""
