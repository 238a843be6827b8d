-- 0016_hand_offs.sql · steps that only people may take: a case for court, a field visit, a placement
-- with an agency. What is searched by stands in columns; who did what, and what was told of it, is one
-- ciphertext per row under the person's key.
CREATE TABLE hand_offs (
    tenant_id  text NOT NULL,
    person_id  bigint NOT NULL,
    contact_id uuid NOT NULL,                -- with the person its public name, and its row in the log
    kind       text NOT NULL,                -- referral, visit, placement
    loan_id    bigint NOT NULL,
    state      text NOT NULL,
    given_to   text NOT NULL DEFAULT '',     -- slug of the agency
    opened_at  timestamptz NOT NULL,         -- business time
    ended_at   timestamptz,                  -- business time; NULL = something may still follow
    written_at timestamptz,                  -- business time; NULL = its folder isn't written yet
    detail     bytea NOT NULL,
    PRIMARY KEY (person_id, contact_id)
) PARTITION BY HASH (person_id);
CREATE INDEX hand_offs_open ON hand_offs (tenant_id, kind, opened_at) WHERE ended_at IS NULL;

DO $$
BEGIN
    FOR part IN 0 .. {modulus} - 1 LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF hand_offs FOR VALUES WITH (MODULUS {modulus}, REMAINDER %s)',
                       'hand_offs_p' || part, part);
    END LOOP;
END $$;

ALTER TABLE hand_offs ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON hand_offs FOR SELECT TO outreach_reader
    USING (tenant_id = current_setting('outreach.tenant', true));
GRANT SELECT ON hand_offs TO outreach_reader;
