"""The patient's sex, age and onset."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from app.draft import Draft
from app.state import desk
from genecaller.cases import Sex
from genecaller.cases.age import duration_in
from ontology.age import read_duration
from ontology.hpo import Hpo

SEXES: tuple[Sex | None, ...] = (None, "female", "male", "other")
ONSETS = (
    "HP:0030674",
    "HP:0003577",
    "HP:0003623",
    "HP:0003593",
    "HP:0011463",
    "HP:0003621",
    "HP:0003581",
)
NOT_STATED = "not stated"
"""A choice of its own: Streamlit draws None among the choices as something to be cleared."""


def spoken_age(age: str | None, hpo: Hpo) -> str:
    """ "P3Y6M" as "3 years 6 months", an onset id as its name, None as nothing."""
    if age is None:
        return ""
    if age in hpo.index:
        return hpo.name(age)
    duration = read_duration(age)
    if duration is None:
        return age
    named = zip(duration[:4], ("year", "month", "week", "day"), strict=True)
    parts = [f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in named if n]
    return " ".join(parts) or "0 days"


def demographics(draft: Draft, hpo: Hpo, start: int) -> None:
    """Three inputs in a row, in two on a phone; a change is an edit of the desk's draft."""
    row = st.container(horizontal=True)
    row.selectbox(
        "Sex",
        [sex or NOT_STATED for sex in SEXES],
        index=SEXES.index(draft.sex),
        key=f"sex-{start}",
        on_change=_change_sex,
        args=(f"sex-{start}",),
        width=130,
    )
    row.text_input(
        "Age",
        spoken_age(draft.age, hpo),
        placeholder="51 years",
        key=f"age-{start}",
        on_change=_change_age,
        args=(f"age-{start}",),
        width=150,
        help="Years, or with a unit: 3 months, 10 days. Leave empty if not known.",
    )
    choices = [None, *(i for i in ONSETS if i in hpo.index)]
    if draft.onset not in choices:
        choices.append(draft.onset)
    row.selectbox(
        "Onset",
        [one or NOT_STATED for one in choices],
        index=choices.index(draft.onset),
        format_func=lambda value: spoken_age(value, hpo),
        key=f"onset-{start}",
        on_change=_change_onset,
        args=(f"onset-{start}",),
        width=240,
    )


def _change_sex(key: str) -> None:
    here = desk()
    if here.draft is not None:
        here.edit(replace(here.draft, sex=_stated(st.session_state[key])))


def _change_age(key: str) -> None:
    here = desk()
    written = str(st.session_state[key]).strip()
    if here.draft is None:
        return
    age = duration_in(written)
    if written and age is None:
        here.say(f"The age {written!r} was not understood: write it as 51, 3 months or 10 days.")
        return
    here.edit(replace(here.draft, age=age))


def _change_onset(key: str) -> None:
    here = desk()
    if here.draft is not None:
        here.edit(replace(here.draft, onset=_stated(st.session_state[key])))


def _stated(chosen: str) -> Any:
    return None if chosen == NOT_STATED else chosen
