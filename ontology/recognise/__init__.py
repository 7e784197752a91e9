"""HPO terms in text: which phenotypes a patient has, lacks, may have, or has in the family."""

from ontology.recognise.mention import Mention, Status
from ontology.recognise.recogniser import Recogniser, recogniser_for

__all__ = ["Mention", "Recogniser", "Status", "recogniser_for"]
