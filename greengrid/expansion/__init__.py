"""Capacity of wind, sun, storage and the link chosen together: selected weeks, cutting planes, a certified gap."""
