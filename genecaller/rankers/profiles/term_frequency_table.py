"""Which of a few diseases show which of a few terms: the closure, cut to what a case needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles, Floats
from genecaller.rankers.profiles.gene_disease_links import Places
from ontology.hpo import IndexArray


@dataclass(frozen=True, slots=True)
class WideColumns:
    """Whole columns of the wide terms, each filled in when it is first asked for.

    `column` has a row of m frequencies for each wide term, NaN where a disease does not show it.
    Threads may share it: a row is worked out apart and put in place whole, then marked as filled,
    and whoever fills it a second time writes the same values.
    """

    profiles: DiseaseProfiles
    row: Places
    column: Floats
    is_filled: NDArray[np.bool_]

    def frequency(self, terms: IndexArray, diseases: Places) -> Floats:
        """Shape (n_terms_given, n_diseases_given): how often each shows each, NaN if never."""
        rows = self.row[terms]
        for row, term in zip(rows.tolist(), terms.tolist(), strict=True):
            if not self.is_filled[row]:
                self.column[row] = self._column_of(term)
                self.is_filled[row] = True
        return self.column[rows[:, None], diseases]

    def _column_of(self, term: int) -> Floats:
        at = self.profiles.column(term)
        values = np.full(len(self.profiles), np.nan, dtype=np.float32)
        values[self.profiles.column_disease[at]] = self.profiles.column_frequency[at]
        return values


def wide_columns(profiles: DiseaseProfiles) -> WideColumns:
    """Nothing filled in yet."""
    is_wide = profiles.is_wide
    return WideColumns(
        profiles,
        row=np.cumsum(is_wide) - 1,
        column=np.empty((int(is_wide.sum()), len(profiles)), dtype=np.float32),
        is_filled=np.zeros(int(is_wide.sum()), dtype=np.bool_),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """How often some diseases (n,) show some terms.

    `wide_term`, `narrow_term` count the terms in the order they were asked for. `wide`
    (n_wide, n) has a row for each wide term, NaN where a disease does not show it; of the other
    terms, ascending, there is one `narrow` value for each that `place`, a disease, shows.
    """

    n: int
    wide_term: Places
    wide: Floats
    narrow_term: Places
    place: Places
    narrow: Floats

    def part(self, start: int, stop: int) -> Shown:
        """The same for those terms alone that were asked for as `start` to `stop`."""
        a, b = np.searchsorted(self.wide_term, (start, stop))
        c, d = np.searchsorted(self.narrow_term, (start, stop))
        return Shown(
            self.n,
            self.wide_term[a:b] - start,
            self.wide[a:b],
            self.narrow_term[c:d] - start,
            self.place[c:d],
            self.narrow[c:d],
        )

    def table(self, n_terms: int) -> Floats:
        """Shape (n_terms, n): the frequencies, NaN where a disease does not show a term."""
        table = np.full((n_terms, self.n), np.nan, dtype=np.float32)
        table[self.wide_term] = self.wide
        table[self.narrow_term, self.place] = self.narrow
        return table


def shown_by(wide: WideColumns, diseases: Places, terms: IndexArray) -> Shown:
    """How often each disease shows each term or something below it."""
    profiles = wide.profiles
    is_wide = profiles.is_wide[terms]
    wide_term, narrow_term = np.flatnonzero(is_wide), np.flatnonzero(~is_wide)
    at, size = profiles.columns(terms[narrow_term])
    place_of = np.full(len(profiles), -1, dtype=np.intp)
    place_of[diseases] = np.arange(len(diseases))
    place = place_of[profiles.column_disease[at]]
    hit = np.flatnonzero(place >= 0)
    return Shown(
        n=len(diseases),
        wide_term=wide_term,
        wide=wide.frequency(terms[wide_term], diseases),
        narrow_term=np.repeat(narrow_term, size)[hit],
        place=place[hit],
        narrow=profiles.column_frequency[at[hit]],
    )
