"""Tables as registries, forms and other tools export them: each row of each read as it is meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from genecaller.cases import Case

Read = Callable[..., list[Any]]

# S seizure, T cortical tubers, C cleft palate, H hypertelorism, M micrognathia
TERMS = {
    "S": "HP:0001250",
    "T": "HP:0009717",
    "C": "HP:0000175",
    "H": "HP:0000316",
    "M": "HP:0000347",
}


def short(case: Any) -> str:
    """A case as "id +S +T -C"; an error as its class."""
    if not isinstance(case, Case):
        return "ERROR"
    letter = {hpo_id: key for key, hpo_id in TERMS.items()}
    signs = [f"+{letter[i]}" for i in case.hpo_ids] + [
        f"-{letter[i]}" for i in case.excluded_hpo_ids
    ]
    return " ".join([case.id, *signs])


def filled(content: str) -> str:
    """Content with {S}, {T} ... for ids."""
    for key, hpo_id in TERMS.items():
        content = content.replace("{" + key + "}", hpo_id)
    return content


KINDS: list[tuple[str, str, str, list[str]]] = [
    # headings of exclusion
    (
        "kids first",
        "x.tsv",
        "Participants ID\tObserved Phenotype (HPO)\tNot Observed Phenotype (HPO)\nP1\tSeizure ({S}), Cortical tubers ({T})\tCleft palate ({C})\n",
        ["P1 +S +T -C"],
    ),
    ("denied", "x.csv", "patient,phenotypes,denied phenotypes\np,{S}; {T},{C}\n", ["p +S +T -C"]),
    (
        "negatives by name",
        "x.csv",
        "subject_id,Positive findings,Pertinent negatives\np,Seizure; Cortical tubers,Cleft palate; Hypertelorism\n",
        ["p +S +T -C -H"],
    ),
    ("not seen", "x.csv", "case,HPO seen,HPO not seen\np,{S},{C}\n", ["p +S -C"]),
    ("unaffected", "x.csv", "proband_id,hpo,unaffected\np,{S},{C}\n", ["p +S -C"]),
    ("ruled out", "x.tsv", "ID\tPhenotype\tRuled out\np\t{S}\t{C}\n", ["p +S -C"]),
    ("no phenotypes", "x.tsv", "ID\tphenotypes\tno phenotypes\np\t{S}\t{C}\n", ["p +S -C"]),
    ("absent only", "x.csv", "id,absent\np,{S}\n", ["p -S"]),
    ("suspected", "x.csv", "id,hpo,suspected\np,{S},{C}\n", ["p +S"]),
    ("maybe", "x.csv", "id,hpo,HPO (maybe)\np,{S},{C}\n", ["p +S"]),
    ("unknown", "x.csv", "id,hpo,hpo_unknown\np,{S},{C}\n", ["p +S"]),
    ("family history", "x.csv", "id,hpo,Family history\np,{S},{C}\n", ["p +S"]),
    ("maternal", "x.csv", "id,hpo,maternal_hpo\np,{S},{C}\n", ["p +S"]),
    ("german excel", "x.csv", "\ufeffPatient;HPO;HPO nicht\np;{S};{T}\n", ["p +S -T"]),
    # status columns
    (
        "redcap pairs",
        "x.csv",
        "\ufeffrecord_id;sex;hpo_1;hpo_1_status;hpo_2;hpo_2_status;hpo_3;hpo_3_status\n1;F;{S};1;{C};0;{T};1\n2;M;{H};1;;;{M};0\n",
        ["1 +S +T -C", "2 +H -M"],
    ),
    (
        "numbered pairs",
        "x.csv",
        "id,term1,observed1,term2,observed2\np,{S},yes,{C},no\n",
        ["p +S -C"],
    ),
    (
        "questions",
        "x.csv",
        'id,HPO 1,"HPO 1 present?",HPO 2,"HPO 2 present?"\np,{S},Y,{C},N\n',
        ["p +S -C"],
    ),
    ("same names", "x.csv", "id,hpo,status,hpo,status\np,{S},present,{C},absent\n", ["p +S -C"]),
    (
        "negated pairs",
        "x.csv",
        "id,hpo_a,hpo_a_negated,hpo_b,hpo_b_negated\np,{S},0,{C},1\n",
        ["p +S -C"],
    ),
    (
        "uncertain pair",
        "x.csv",
        "id,hpo_1,hpo_1_status,hpo_2,hpo_2_status\np,{S},1,{C},unknown\n",
        ["p +S"],
    ),
    (
        "unreadable pair",
        "x.csv",
        "id,hpo_1,hpo_1_status,hpo_2,hpo_2_status\np,{S},1,{C},blue\n",
        ["p +S"],
    ),
    ("a case's own status", "x.csv", "id,hpo,status\np,{S};{T},solved\n", ["p +S +T"]),
    # one row a term
    (
        "long record",
        "x.csv",
        "record_id,hpo_id,status\n1,{S},present\n1,{C},absent\n2,{H},present\n",
        ["1 +S -C", "2 +H"],
    ),
    (
        "long individual",
        "x.tsv",
        "individual\thpo_id\thpo_label\texcluded\na\t{S}\tSeizure\tfalse\na\t{C}\tCleft palate\ttrue\nb\t{H}\tHypertelorism\tfalse\n",
        ["a +S -C", "b +H"],
    ),
    (
        "long family",
        "x.csv",
        "family_id,individual_id,hpo_id,observed\nF1,1,{S},yes\nF1,1,{C},no\nF1,2,{T},yes\nF2,1,{H},yes\n",
        ["F1-1 +S -C", "F1-2 +T", "F2-1 +H"],
    ),
    (
        "long merged cells",
        "x.csv",
        "patient,hpo\np,{S}\n,{T}\nq,{C}\n,{H}\n",
        ["p +S +T", "q +C +H"],
    ),
    (
        "long names",
        "x.csv",
        "Participant,Symptom,Present\np,Seizure,Yes\np,Cleft palate,No\np,Hypertelorism,Unknown\n",
        ["p +S -C"],
    ),
    (
        "long negation flag",
        "x.csv",
        "person_id,hpo,negation\np,{S},False\np,{C},True\n",
        ["p +S -C"],
    ),
    (
        "long two flags that agree",
        "x.csv",
        "id,hpo_id,excluded,observed\np,{S},0,yes\np,{C},1,no\n",
        ["p +S -C"],
    ),
    (
        "long two flags that contradict",
        "x.csv",
        "id,hpo_id,excluded,observed\np,{S},0,yes\np,{C},0,no\n",
        ["p +S"],
    ),
    (
        "long kf participant",
        "x.tsv",
        "KF Participant ID\tHPO ID (Phenotype)\tStatus\nPT1\t{S}\tObserved\nPT1\t{C}\tNot observed\n",
        ["PT1 +S -C"],
    ),
    (
        "long genomics england",
        "x.tsv",
        "participant_id\thpo_term\thpo_id\thpo_present\n1\tSeizure\t{S}\tYes\n1\tCleft palate\t{C}\tNo\n1\tHypertelorism\t{H}\tUnknown\n",
        ["1 +S -C"],
    ),
    (
        "events of one record",
        "x.csv",
        "record_id,redcap_event_name,hpo_terms\n1,baseline,{S};{T}\n1,followup,{C};{H}\n",
        ["1 +S +T +C +H"],
    ),
    # matrices
    (
        "matrix of ids",
        "x.csv",
        "patient,{S},{T},{C}\nP1,1,1,0\nP2,0,1,\n",
        ["P1 +S +T -C", "P2 +T -S"],
    ),
    (
        "matrix of names",
        "x.csv",
        "Patient;Age;Seizure;Cleft palate;Hypertelorism\nP1;3;ja;nein;\nP2;5;yes;no;?\n",
        ["P1 +S -C", "P2 +S -C"],
    ),
    (
        "matrix of ids and names",
        "x.tsv",
        "Individual\t{S} Seizure\tCleft palate ({C})\nA\tobserved\texcluded\nB\tP3Y\tna\n",
        ["A +S -C", "B +S"],
    ),
    ("matrix of signs", "x.csv", "id,Seizure,Cleft palate\na,+,-\nb,-,+\n", ["a +S -C", "b +C -S"]),
    (
        "matrix with a type row",
        "x.tsv",
        "PMID\ttitle\tindividual_id\tage_of_onset\tsex\tHPO\tSeizure\tCleft palate\nCURIE\tstr\tstr\tage\tM:F:O:U\tna\t{S}\t{C}\nPMID:1\tA\tI:1\tP1Y\tF\tna\tobserved\texcluded\nPMID:1\tA\tI:2\tP2Y\tM\tna\tP3M\tna\n",
        ["I:1 +S -C", "I:2 +S"],
    ),
    (
        "matrix with questions",
        "x.csv",
        "subject,Seizure (yes/no),Cleft palate?\ns,Yes,No\n",
        ["s +S -C"],
    ),
    (
        "matrix of negative headings",
        "x.csv",
        "subject,No seizures,Cleft palate absent\ns,yes,1\n",
        ["s -S -C"],
    ),
    (
        "matrix has no patient column",
        "x.csv",
        "Seizure,Cleft palate\nyes,no\nno,yes\n",
        ["x.csv:2 +S -C", "x.csv:3 +C -S"],
    ),
    ("matrix and family", "x.csv", "id,Seizure,Cleft palate\np,yes,mother\n", ["p +S"]),
    (
        "redcap checkboxes",
        "x.csv",
        "record_id,hpo___hp_0001250,hpo___hp_0000175\n1,1,0\n",
        ["1 +S"],
    ),
    (
        "redcap labels",
        "x.csv",
        '"Record ID","HPO (choice=Seizure ({S}))","HPO (choice=Cleft palate ({C}))"\n1,Checked,Unchecked\n',
        ["1 +S"],
    ),
    (
        "redcap absent checkboxes",
        "x.csv",
        '"Record ID","Absent (choice=Seizure ({S}))","Present (choice=Cleft palate ({C}))"\n1,Checked,Checked\n',
        ["1 +C -S"],
    ),
    (
        "one column a patient",
        "x.csv",
        "HPO ID,Feature,Patient 1,Patient 2\n{S},Seizure,+,-\n{C},Cleft palate,-,+\n",
        ["Patient 1 +S -C", "Patient 2 +C -S"],
    ),
    (
        "one column a patient, names",
        "x.csv",
        "Feature,II-1,II-2\nSeizure,yes,no\nCleft palate,no,n/a\n",
        ["II-1 +S -C", "II-2 -S"],
    ),
    # lists of one patient
    (
        "scout",
        "x.csv",
        "#hpo_id\tdescription\n{S}\tSeizure\n{T}\tCortical tubers\n",
        ["x.csv +S +T"],
    ),
    (
        "id and name",
        "x.csv",
        "HPO ID,HPO term\n{S},Seizure\n{T},Cortical tubers\n",
        ["x.csv +S +T"],
    ),
    (
        "clinphen",
        "x.tsv",
        "HPO ID\tPhenotype name\tNo. occurrences\tEarliness (lower = earlier)\tExample sentence\n{S}\tSeizure\t1\t0\tshe had seizures\n{T}\tCortical tubers\t3\t1\ttubers, no cleft ({C})\n",
        ["x.tsv +S +T"],
    ),
    (
        "doc2hpo",
        "x.csv",
        "HPO ID,HPO Name,Start,End,Negated\n{S},Seizure,1,8,False\n{C},Cleft palate,20,31,True\n",
        ["x.csv +S -C"],
    ),
    (
        "neg column",
        "x.tsv",
        "start\tend\tHPO\ttext\tNeg\n1\t8\t{S}\tseizures\t\n20\t31\t{C}\tcleft palate\tNeg\n",
        ["x.tsv +S -C"],
    ),
    (
        "fasthpocr",
        "x.tsv",
        "0\t8\t{S}\tSeizure\tseizures\n12\t24\t{C}\tCleft palate\tcleft palate\tNeg\n",
        ["x.tsv +S -C"],
    ),
    ("spans", "x.tsv", "[0:8]\t{S}\tSeizure\n[12:24]\t{T}\tCortical tubers\n", ["x.tsv +S +T"]),
    (
        "phenotagger",
        "x.tsv",
        "0\t8\tseizures\t{S}\t0.99\n12\t24\ttubers\t{T}\t0.95\n",
        ["x.tsv +S +T"],
    ),
    ("names and ids", "x.tsv", "Seizure\t{S}\nCortical tubers\t{T}\n", ["x.tsv +S +T"]),
    (
        "ids and names, absent",
        "x.csv",
        "{S},Seizure,present\n{C},Cleft palate,absent\n",
        ["x.csv +S -C"],
    ),
    ("names alone", "x.csv", "Seizure\nCortical tubers\n", ["x.csv +S +T"]),
    ("negative names alone", "x.csv", "Seizure\nno cleft palate\n", ["x.csv +S -C"]),
    (
        "a truth without a heading",
        "x.tsv",
        "{S}\tSeizure\tTrue\n{C}\tCleft palate\tFalse\n",
        ["x.tsv"],
    ),
    ("phen2gene", "x.txt", "{S}\n{T}\n", ["x.txt +S +T"]),
    ("signed ids", "x.csv", "-{S}\n+{T}\n", ["x.csv +T -S"]),
    (
        "list with counts",
        "x.csv",
        "hpo_id,hpo_name,count\n{S},Seizure,1\n{T},Cortical tubers,0\n",
        ["x.csv +S +T"],
    ),
    # the shape of the file
    ("sep line", "x.csv", "sep=;\r\nid;hpo;absent\r\np;{S};{C}\r\n", ["p +S -C"]),
    ("title above", "x.csv", "Export of 1 March,,\nid,hpo,absent\np,{S},{C}\n", ["p +S -C"]),
    ("pipes", "x.txt", "id|hpo|absent\np|{S}|{C}\n", ["p +S -C"]),
    ("unquoted list", "x.csv", "id,hpo_ids,gene\np,{S},{T},TSC2\n", ["p +S +T"]),
    (
        "unquoted lists of two columns",
        "x.csv",
        "id,hpo_ids,absent\np,{S},{T},{C}\nq,{S},{C}\n",
        ["ERROR", "q +S -C"],
    ),
    ("surplus words", "x.csv", "id,hpo_ids,sex\np,{S},F,extra\n", ["p +S"]),
    ("ragged", "x.csv", "id,hpo_ids,absent\np,{S}\n", ["p +S"]),
    (
        "decipher",
        "x.tsv",
        "Patient ID\tSex\tPhenotypes\tGenes\n249541\tFemale\tSeizure|Cortical tubers\tTSC2\n",
        ["249541 +S +T"],
    ),
    (
        "face2gene",
        "x.csv",
        "case_id,present_features,absent_features\n1,Seizure;Cortical tubers,Cleft palate\n",
        ["1 +S +T -C"],
    ),
    (
        "simulconsult",
        "x.csv",
        "finding,presence\nSeizure,present\nCleft palate,absent\n",
        ["x.csv +S -C"],
    ),
    ("onset column", "x.csv", "id,hpo_ids,onset\np,{S},HP:0003577\n", ["p +S"]),
    ("comments", "x.csv", "id,hpo_ids,comments\np,{S},no {C} so far\n", ["p +S"]),
    (
        "ids in the label's cell",
        "x.csv",
        "id,phenotype\np,Seizure [{S}] (absent) | Cortical tubers [{T}]\n",
        ["p +T -S"],
    ),
]


@pytest.mark.parametrize(
    ("name", "content", "cases"), [k[1:] for k in KINDS], ids=[k[0] for k in KINDS]
)
def test_each_kind(name: str, content: str, cases: list[str], read: Read) -> None:
    assert [short(case) for case in read(name, filled(content))] == cases
