"""Fuel and carbon prices, neighbours, border cost and unit parameters: sourced tables and a case's price basis."""

from greengrid.economy.assemble import make_economy
from greengrid.economy.fleet import Economy, FuelCap, Market, Unit
from greengrid.economy.tables import EconomyTables, read_tables

__all__ = ["Economy", "EconomyTables", "FuelCap", "Market", "Unit", "make_economy", "read_tables"]
