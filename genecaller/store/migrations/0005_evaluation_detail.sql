-- Figures and curves of the finer groups (by number of terms, by organ system) within a stratum,
-- comparisons over cases and over genes, and the bounds of a tied rank.
ALTER TABLE evaluation_figures ADD COLUMN grouping VARCHAR DEFAULT 'stratum';
ALTER TABLE evaluation_figures ADD COLUMN within VARCHAR;
ALTER TABLE evaluation_comparisons ADD COLUMN averaging VARCHAR DEFAULT 'micro';
ALTER TABLE evaluation_curves ADD COLUMN stratum VARCHAR DEFAULT 'all';
ALTER TABLE evaluation_cases ADD COLUMN best_rank INTEGER;
ALTER TABLE evaluation_cases ADD COLUMN worst_rank INTEGER;
