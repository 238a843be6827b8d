-- 0020_self_service.sql · wrong last digits on a borrower's self-service page, what they locked, and
-- links that were revoked. A loan has a row only once one of these happened: links are computed.
CREATE TABLE self_service (
    tenant_id     text NOT NULL,
    person_id     bigint NOT NULL,
    loan_id       bigint NOT NULL,
    failures      integer NOT NULL DEFAULT 0,   -- since the digits were right last
    failed_at     timestamptz,                  -- wall time of the last of them
    locked_until  timestamptz,                  -- wall time
    revoked_until timestamptz,                  -- links that end at or before it don't open
    PRIMARY KEY (person_id, loan_id)
) PARTITION BY HASH (person_id);

DO $$
BEGIN
    FOR part IN 0 .. {modulus} - 1 LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF self_service FOR VALUES WITH (MODULUS {modulus}, REMAINDER %s)',
                       'self_service_p' || part, part);
    END LOOP;
END $$;

ALTER TABLE self_service ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON self_service FOR SELECT TO outreach_reader
    USING (tenant_id = current_setting('outreach.tenant', true));
GRANT SELECT ON self_service TO outreach_reader;
