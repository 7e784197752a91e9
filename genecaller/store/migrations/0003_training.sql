-- A resumed run writes some steps a second time. The later row is the true one; readers take it.
CREATE SEQUENCE metric_ids;
CREATE TABLE training_metrics (
    metric_id BIGINT NOT NULL,
    run_id BIGINT NOT NULL,
    step BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    value DOUBLE,
    low DOUBLE,
    high DOUBLE,
    n INTEGER,
    time TIMESTAMP NOT NULL
);

CREATE SEQUENCE sample_ids;
CREATE TABLE sampled_answers (
    sample_id BIGINT NOT NULL,
    run_id BIGINT NOT NULL,
    step BIGINT NOT NULL,
    split VARCHAR NOT NULL,
    case_id VARCHAR NOT NULL,
    sample INTEGER NOT NULL,
    prompt VARCHAR,
    text VARCHAR NOT NULL,
    reward DOUBLE,
    grades JSON NOT NULL,
    problems VARCHAR[] NOT NULL,
    time TIMESTAMP NOT NULL
);

CREATE SEQUENCE adapter_ids;
CREATE TABLE adapters (
    adapter_id BIGINT PRIMARY KEY,
    run_id BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    fingerprint VARCHAR NOT NULL UNIQUE,
    base_model VARCHAR NOT NULL,
    data VARCHAR NOT NULL,
    step BIGINT,
    figures JSON NOT NULL,
    registered TIMESTAMP NOT NULL
);

-- Who was promoted when, and why. The last row rules; a NULL adapter means none is promoted.
CREATE SEQUENCE promotion_ids;
CREATE TABLE promotions (
    promotion_id BIGINT PRIMARY KEY,
    adapter_id BIGINT,
    time TIMESTAMP NOT NULL,
    who VARCHAR,
    reason VARCHAR NOT NULL,
    forced BOOLEAN NOT NULL,
    code_version VARCHAR NOT NULL
);

CREATE VIEW promoted_adapter AS
SELECT adapter_id FROM promotions ORDER BY promotion_id DESC LIMIT 1;

-- A gene keeps its part of a named split for ever, so that a retrained model is never validated
-- on a gene that an earlier one was trained on.
CREATE TABLE split_genes (
    split VARCHAR NOT NULL,
    gene VARCHAR NOT NULL,
    part VARCHAR NOT NULL CHECK (part IN ('train', 'validation', 'test')),
    run_id BIGINT NOT NULL,
    assigned TIMESTAMP NOT NULL,
    PRIMARY KEY (split, gene)
);
