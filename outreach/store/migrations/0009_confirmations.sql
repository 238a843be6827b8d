-- 0009_confirmations.sql · opt-outs that may be confirmed once, soon; and who settled a task.
-- A row is taken in the transaction that decides on the confirmation, so there is never a second.
CREATE TABLE confirmations (
    tenant_id    text NOT NULL,
    person_id    bigint NOT NULL,
    ref          text NOT NULL,             -- the reply's reference at its provider
    address_hmac bytea NOT NULL,
    sender       text NOT NULL,             -- the address of ours that was written to
    asked_at     timestamptz NOT NULL,      -- business time
    by_keyword   boolean NOT NULL,          -- one that carriers know, and may have answered
    PRIMARY KEY (person_id, ref)
) PARTITION BY HASH (person_id);

DO $$
BEGIN
    FOR part IN 0 .. {modulus} - 1 LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF confirmations FOR VALUES WITH (MODULUS {modulus}, REMAINDER %s)',
                       'confirmations_p' || part, part);
    END LOOP;
END $$;

ALTER TABLE confirmations ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON confirmations FOR SELECT TO outreach_reader
    USING (tenant_id = current_setting('outreach.tenant', true));
GRANT SELECT ON confirmations TO outreach_reader;

-- What waits for people is listed, counted and aged by kind.
CREATE INDEX tasks_open ON tasks (kind, opened_at) WHERE done_at IS NULL;
