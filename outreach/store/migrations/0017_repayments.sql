-- 0017_repayments.sql · how we divide payments, and where the platform's figures differ from ours.
ALTER TABLE payments ADD COLUMN booked jsonb;   -- our division by component; NULL = doesn't count

-- A difference stays until a person closes it; when the figures agree again, that is noted beside.
-- Closed ones come back when the figures move.
CREATE TABLE discrepancies (
    tenant_id text NOT NULL,
    person_id bigint NOT NULL,
    loan_id   bigint NOT NULL,
    kind      text NOT NULL,                -- allocation, split, payments, installment, total
    about     text NOT NULL,                -- payment's reference or installment's number, or ''
    ours      jsonb NOT NULL,               -- minor units
    theirs    jsonb NOT NULL,
    found_at  timestamptz NOT NULL,         -- business time
    agreed_at timestamptz,                  -- business time; the figures agree since
    closed_at timestamptz,                  -- business time
    closed_by text,
    note      bytea,                        -- why it was closed, under the person's key
    PRIMARY KEY (person_id, loan_id, kind, about)
) PARTITION BY HASH (person_id);
CREATE INDEX discrepancies_open ON discrepancies (tenant_id, found_at) WHERE closed_at IS NULL;

DO $$
BEGIN
    FOR part IN 0 .. {modulus} - 1 LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF discrepancies FOR VALUES WITH (MODULUS {modulus}, REMAINDER %s)',
                       'discrepancies_p' || part, part);
    END LOOP;
END $$;

ALTER TABLE discrepancies ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON discrepancies FOR SELECT TO outreach_reader
    USING (tenant_id = current_setting('outreach.tenant', true));
GRANT SELECT ON discrepancies TO outreach_reader;
