"""The cash-flow workbook: rows as expressions that give both a live formula and its value."""
