"""Many cases from one: axes of overrides, run side by side, resumed where they stopped, gathered in one table."""
