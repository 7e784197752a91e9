"""`python -m genecaller`."""

from genecaller.cli import main

main()
