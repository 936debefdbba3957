"""Interior point on the time structure: the whole span at once, without a basis."""
