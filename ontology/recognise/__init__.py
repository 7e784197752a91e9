"""HPO terms in text: which phenotypes a patient has, lacks, may have, or has in the family."""

from ontology.recognise.mention import Mention
from ontology.recognise.recogniser import Recogniser, recogniser_for
from ontology.status import Status

__all__ = ["Mention", "Recogniser", "Status", "recogniser_for"]
