-- 0027_borrower_notes.sql · what people at the lender write down of a borrower, and who asked that
-- everything of somebody be erased. The words of a note, and whose they are, are one ciphertext under
-- the borrower's key: they go with it.
CREATE TABLE borrower_notes (
    tenant_id text NOT NULL,
    person_id bigint NOT NULL,
    note_id   bigint GENERATED ALWAYS AS IDENTITY,
    loan_id   bigint,                        -- NULL = the person as a whole
    at        timestamptz NOT NULL,          -- business time
    note      bytea NOT NULL,
    PRIMARY KEY (person_id, note_id)
) PARTITION BY HASH (person_id);

DO $$
BEGIN
    FOR part IN 0 .. {modulus} - 1 LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF borrower_notes FOR VALUES WITH (MODULUS {modulus}, REMAINDER %s)',
                       'borrower_notes_p' || part, part);
    END LOOP;
END $$;

ALTER TABLE borrower_notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON borrower_notes FOR SELECT TO outreach_reader
    USING (tenant_id = current_setting('outreach.tenant', true));
GRANT SELECT ON borrower_notes TO outreach_reader;

-- Nothing personal stands here: it stays when the person's key is gone.
CREATE TABLE erasures (
    tenant_id  text NOT NULL,
    person_id  bigint NOT NULL,
    because    text NOT NULL CHECK (because IN ('asked', 'kept_long_enough', 'never_ours')),
    asked_by   text NOT NULL,
    asked_at   timestamptz NOT NULL,         -- business time
    decided_by text,
    decided_at timestamptz,
    outcome    text NOT NULL DEFAULT 'open' CHECK (outcome IN ('open', 'erased', 'declined')),
    PRIMARY KEY (person_id, asked_at)
);
CREATE UNIQUE INDEX erasures_open ON erasures (person_id) WHERE outcome = 'open';

ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON erasures FOR SELECT TO outreach_reader
    USING (tenant_id = current_setting('outreach.tenant', true));
GRANT SELECT ON erasures TO outreach_reader;
