"""Money on a time axis: a plan in, one result per funding mix out; knows no grid."""
