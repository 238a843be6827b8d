-- 0008_holds_and_preferences.sql · who placed a hold and what it lets through; what a person asked
-- for or against. Both are a person's data: one ciphertext per row under their key.
ALTER TABLE holds ADD COLUMN detail bytea;  -- evidence, who, form, purposes and roles let through

CREATE TABLE preferences (
    tenant_id  text NOT NULL,
    person_id  bigint NOT NULL,
    ref        text NOT NULL,               -- the platform's id of it, or one of ours
    at         timestamptz NOT NULL,        -- newest word on it
    removed    boolean NOT NULL DEFAULT false,
    expires_at timestamptz,
    detail     bytea NOT NULL,              -- what was said, by whom, on what evidence
    PRIMARY KEY (person_id, ref)
) PARTITION BY HASH (person_id);

DO $$
BEGIN
    FOR part IN 0 .. {modulus} - 1 LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF preferences FOR VALUES WITH (MODULUS {modulus}, REMAINDER %s)',
                       'preferences_p' || part, part);
    END LOOP;
END $$;

ALTER TABLE preferences ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON preferences FOR SELECT TO outreach_reader
    USING (tenant_id = current_setting('outreach.tenant', true));
GRANT SELECT ON preferences TO outreach_reader;
