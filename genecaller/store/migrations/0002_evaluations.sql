CREATE SEQUENCE evaluation_ids;
CREATE TABLE evaluations (
    evaluation_id BIGINT PRIMARY KEY,
    run_id BIGINT NOT NULL,
    title VARCHAR NOT NULL,
    created TIMESTAMP NOT NULL,
    cases_source VARCHAR NOT NULL,
    n_cases INTEGER NOT NULL,
    settings JSON NOT NULL
);

-- One evaluation compares rankers of different models, adapters and even knowledge releases
-- (imported results), so each ranker names its own.
CREATE TABLE evaluation_rankers (
    evaluation_id BIGINT NOT NULL,
    ranker VARCHAR NOT NULL,
    knowledge VARCHAR,
    prompt_version VARCHAR,
    model VARCHAR,
    adapter VARCHAR,
    imported_from VARCHAR,
    ms_per_case DOUBLE,
    PRIMARY KEY (evaluation_id, ranker)
);

CREATE TABLE evaluation_figures (
    evaluation_id BIGINT NOT NULL,
    ranker VARCHAR NOT NULL,
    protocol VARCHAR NOT NULL,
    stratum VARCHAR NOT NULL,
    averaging VARCHAR NOT NULL CHECK (averaging IN ('micro', 'macro')),
    metric VARCHAR NOT NULL,
    n INTEGER NOT NULL,
    value DOUBLE,
    low DOUBLE,
    high DOUBLE
);

CREATE TABLE evaluation_truths (
    evaluation_id BIGINT NOT NULL,
    case_id VARCHAR NOT NULL,
    case_version INTEGER,
    gene VARCHAR NOT NULL,
    publication VARCHAR,
    strata VARCHAR[] NOT NULL
);

CREATE TABLE evaluation_cases (
    evaluation_id BIGINT NOT NULL,
    ranker VARCHAR NOT NULL,
    protocol VARCHAR NOT NULL,
    case_id VARCHAR NOT NULL,
    outcome VARCHAR NOT NULL CHECK (outcome IN ('ranked', 'unranked', 'unparsed', 'failed')),
    rank DOUBLE CHECK (rank >= 1),
    confidence DOUBLE,
    first_gene VARCHAR,
    CHECK ((outcome = 'ranked') = (rank IS NOT NULL))
);

CREATE TABLE evaluation_comparisons (
    evaluation_id BIGINT NOT NULL,
    left_ranker VARCHAR NOT NULL,
    right_ranker VARCHAR NOT NULL,
    protocol VARCHAR NOT NULL,
    stratum VARCHAR NOT NULL,
    metric VARCHAR NOT NULL,
    n INTEGER NOT NULL,
    left_wins INTEGER NOT NULL,
    right_wins INTEGER NOT NULL,
    difference DOUBLE NOT NULL,
    low DOUBLE,
    high DOUBLE,
    p_value DOUBLE
);

CREATE TABLE evaluation_curves (
    evaluation_id BIGINT NOT NULL,
    curve VARCHAR NOT NULL,
    ranker VARCHAR NOT NULL,
    protocol VARCHAR NOT NULL,
    x DOUBLE NOT NULL,
    y DOUBLE NOT NULL,
    low DOUBLE,
    high DOUBLE,
    n INTEGER
);
