-- Every decision is a further row; an entry's last revision is its present state.
CREATE SEQUENCE curation_ids;
CREATE TABLE curation (
    entry_id BIGINT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 1),
    run_id BIGINT NOT NULL,
    case_id VARCHAR NOT NULL,
    case_version INTEGER NOT NULL,
    gene VARCHAR NOT NULL,
    disease_id VARCHAR,
    disease_label VARCHAR,
    publication VARCHAR,
    status VARCHAR NOT NULL CHECK (
        status IN ('proposed', 'accepted', 'rejected', 'withdrawn')
    ),
    who VARCHAR NOT NULL,
    note VARCHAR,
    time TIMESTAMP NOT NULL,
    PRIMARY KEY (entry_id, revision)
);

CREATE VIEW curation_queue AS
SELECT * FROM curation
QUALIFY row_number() OVER (PARTITION BY entry_id ORDER BY revision DESC) = 1;
