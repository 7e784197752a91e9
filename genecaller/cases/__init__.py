"""Cases: what one is, and how files of them are read and written."""

from genecaller.cases.case import Case, CaseTerm, Publication, Sex, Solution

__all__ = ["Case", "CaseTerm", "Publication", "Sex", "Solution"]
