-- Runs carry the provenance that every other row names through its run_id.
-- There are no foreign keys: DuckDB refuses to update a parent row that has children, and runs
-- change their status. The verbs check the run instead, inside the same transaction.
CREATE SEQUENCE run_ids;
CREATE TABLE runs (
    run_id BIGINT PRIMARY KEY,
    kind VARCHAR NOT NULL,
    title VARCHAR,
    status VARCHAR NOT NULL CHECK (
        status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'paused')
    ),
    created TIMESTAMP NOT NULL,
    started TIMESTAMP,
    finished TIMESTAMP,
    message VARCHAR,
    arguments JSON NOT NULL,
    parent_run BIGINT,
    knowledge VARCHAR,
    prompt_version VARCHAR,
    model VARCHAR,
    adapter VARCHAR,
    code_version VARCHAR NOT NULL,
    seed BIGINT,
    pid BIGINT,
    host VARCHAR,
    done BIGINT,
    total BIGINT,
    heartbeat TIMESTAMP,
    requested VARCHAR CHECK (requested IN ('cancel', 'pause'))
);

CREATE SEQUENCE event_ids;
CREATE TABLE run_events (
    event_id BIGINT NOT NULL,
    run_id BIGINT NOT NULL,
    time TIMESTAMP NOT NULL,
    level VARCHAR NOT NULL CHECK (level IN ('info', 'warning', 'error')),
    event VARCHAR NOT NULL,
    message VARCHAR NOT NULL,
    step BIGINT,
    case_id VARCHAR,
    detail JSON
);

CREATE TABLE cases (
    case_id VARCHAR NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    content_hash VARCHAR NOT NULL,
    mention_hash VARCHAR,
    phenotype_hash VARCHAR NOT NULL,
    run_id BIGINT NOT NULL,
    saved TIMESTAMP NOT NULL,
    saved_by VARCHAR,
    note VARCHAR,
    sex VARCHAR,
    age VARCHAR,
    onset VARCHAR,
    text VARCHAR,
    pmid VARCHAR,
    publication_title VARCHAR,
    gene VARCHAR,
    recorded_gene VARCHAR,
    disease_id VARCHAR,
    disease_label VARCHAR,
    source VARCHAR,
    problems VARCHAR[] NOT NULL,
    n_terms INTEGER NOT NULL,
    n_excluded INTEGER NOT NULL,
    PRIMARY KEY (case_id, version)
);

CREATE TABLE case_terms (
    case_id VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hpo_id VARCHAR NOT NULL,
    label VARCHAR NOT NULL,
    status VARCHAR NOT NULL CHECK (
        status IN ('present', 'excluded', 'uncertain', 'family', 'left_out')
    ),
    recorded_id VARCHAR,
    onset VARCHAR,
    severity VARCHAR,
    origin VARCHAR NOT NULL CHECK (origin IN ('recorded', 'recognised')),
    mentions JSON
);

CREATE VIEW current_cases AS
SELECT * FROM cases QUALIFY row_number() OVER (PARTITION BY case_id ORDER BY version DESC) = 1;

CREATE SEQUENCE ranking_ids;
CREATE TABLE rankings (
    ranking_id BIGINT PRIMARY KEY,
    run_id BIGINT NOT NULL,
    case_id VARCHAR NOT NULL,
    case_version INTEGER NOT NULL,
    ranker VARCHAR NOT NULL,
    model VARCHAR,
    created TIMESTAMP NOT NULL,
    n_genes INTEGER NOT NULL,
    problems VARCHAR[] NOT NULL,
    UNIQUE (run_id, case_id, ranker)
);

CREATE TABLE ranked_genes (
    ranking_id BIGINT NOT NULL,
    rank INTEGER NOT NULL CHECK (rank >= 1),
    symbol VARCHAR NOT NULL,
    score DOUBLE,
    disease VARCHAR,
    explanation VARCHAR NOT NULL
);

CREATE SEQUENCE answer_ids;
CREATE TABLE answers (
    answer_id BIGINT PRIMARY KEY,
    ranking_id BIGINT NOT NULL,
    sample INTEGER NOT NULL,
    prompt VARCHAR,
    text VARCHAR NOT NULL,
    thoughts VARCHAR,
    problems VARCHAR[] NOT NULL,
    seconds DOUBLE,
    prompt_tokens INTEGER,
    answer_tokens INTEGER,
    UNIQUE (ranking_id, sample)
);

CREATE TABLE grades (
    run_id BIGINT NOT NULL,
    ranking_id BIGINT NOT NULL,
    answer_id BIGINT,
    grader VARCHAR NOT NULL,
    value DOUBLE,
    parts JSON,
    problem VARCHAR
);
