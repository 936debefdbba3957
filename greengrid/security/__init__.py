"""AC power flow and limits of the dispatch."""
