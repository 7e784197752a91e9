-- A case's key (case_id) is the store's own: the id that the source gave (given_id) where it was
-- free, else that id with a number. Two sources that use one id for two patients stay two cases.
DROP VIEW current_cases;
ALTER TABLE cases ADD COLUMN given_id VARCHAR;
UPDATE cases SET given_id = case_id;
CREATE VIEW current_cases AS
SELECT * FROM cases QUALIFY row_number() OVER (PARTITION BY case_id ORDER BY version DESC) = 1;

-- Which stored case and version a run means by the id that its source gave, and which of the
-- case's findings were switched off for a what-if.
CREATE TABLE run_cases (
    run_id BIGINT NOT NULL,
    given_id VARCHAR NOT NULL,
    case_id VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    switched_off VARCHAR[] NOT NULL,
    PRIMARY KEY (run_id, given_id)
);
ALTER TABLE rankings ADD COLUMN switched_off VARCHAR[] DEFAULT [];

-- What a stopped run is found by when the same work is begun again, for instance its output.
ALTER TABLE runs ADD COLUMN resume_key VARCHAR;
