"""A grid to and from other people's tools: one hour's solved network in six formats, and a pandapower net as tables."""
