"""Fuel and carbon prices, neighbours, border cost and unit parameters: sourced tables and a case's price basis."""
