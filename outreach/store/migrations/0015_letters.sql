-- 0015_letters.sql · letters, numbered per lender without gaps. The number is taken in the transaction that
-- reserves the contact, so that one that is rolled back gives its number back. What was printed is one
-- ciphertext under the person's key: the same sheet makes the same file again.
CREATE TABLE letter_series (
    tenant_id text NOT NULL,
    series    text NOT NULL,                 -- live, test: what never leaves has numbers of its own
    last      bigint NOT NULL,               -- the number given last
    PRIMARY KEY (tenant_id, series)
);

CREATE TABLE letters (
    tenant_id  text NOT NULL,
    person_id  bigint NOT NULL,
    contact_id uuid NOT NULL,                -- with the person its row in the log
    series     text NOT NULL,
    number     bigint NOT NULL,
    at         timestamptz NOT NULL,         -- business time, the date that it bears
    sheet      bytea NOT NULL,
    PRIMARY KEY (person_id, contact_id)
) PARTITION BY HASH (person_id);
CREATE INDEX letters_number ON letters (tenant_id, series, number);

DO $$
BEGIN
    FOR part IN 0 .. {modulus} - 1 LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF letters FOR VALUES WITH (MODULUS {modulus}, REMAINDER %s)',
                       'letters_p' || part, part);
    END LOOP;
END $$;

ALTER TABLE letter_series ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON letter_series FOR SELECT TO outreach_reader
    USING (tenant_id = current_setting('outreach.tenant', true));
ALTER TABLE letters ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON letters FOR SELECT TO outreach_reader
    USING (tenant_id = current_setting('outreach.tenant', true));
GRANT SELECT ON letter_series, letters TO outreach_reader;
