"""The grid: what stands where, and the pandapower net made of it."""
