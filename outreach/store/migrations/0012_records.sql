-- 0012_records.sql · approvals that somebody at the lender gave, notices sent elsewhere, people who
-- asked not to be contacted: a person's data, one ciphertext per row under their key. And what kind
-- of notice a contact of ours was, as its template said when it was made.
CREATE TABLE records (
    tenant_id text NOT NULL,
    person_id bigint NOT NULL,
    kind      text NOT NULL,                -- approval, notice, refusal
    ref       text NOT NULL,                -- the platform's id of it, or one of ours
    detail    bytea NOT NULL,               -- all that was said of it
    PRIMARY KEY (person_id, kind, ref)
) PARTITION BY HASH (person_id);

DO $$
BEGIN
    FOR part IN 0 .. {modulus} - 1 LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF records FOR VALUES WITH (MODULUS {modulus}, REMAINDER %s)',
                       'records_p' || part, part);
    END LOOP;
END $$;

ALTER TABLE records ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON records FOR SELECT TO outreach_reader
    USING (tenant_id = current_setting('outreach.tenant', true));
GRANT SELECT ON records TO outreach_reader;

ALTER TABLE contacts ADD COLUMN notice text NOT NULL DEFAULT '';
