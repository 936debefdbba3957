"""`python -m greengrid` is the command."""

from greengrid.cli import main

main()
