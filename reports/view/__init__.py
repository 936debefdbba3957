"""One self-contained HTML page of a run: map and hours to play with, and every page of the report."""
