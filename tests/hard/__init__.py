"""Hard use of the command line: `make hard` runs it whole and writes docs/hard-use.md, the tests a small part."""
