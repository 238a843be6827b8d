-- 0006_partitions_and_policies.sql · hash partitions (modulus fixed at install), a default partition
-- for each table by time, storage settings, row-level security.
DO $$
DECLARE
    parent text;
    part   integer;
BEGIN
    FOREACH parent IN ARRAY ARRAY['signal_keys', 'persons', 'external_refs', 'endpoints', 'consents', 'holds', 'tasks',
                                  'person_events', 'loans', 'installments', 'payments', 'promises', 'quotes', 'cases',
                                  'agenda', 'contacts', 'provider_refs'] LOOP
        FOR part IN 0 .. {modulus} - 1 LOOP
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS {modulus}, REMAINDER %s) %s',
                           parent || '_p' || part, parent, part,
                           CASE WHEN parent IN ('agenda', 'contacts', 'loans', 'installments', 'source_state')
                                THEN 'WITH (fillfactor = 70)' ELSE '' END);
        END LOOP;
    END LOOP;
    FOREACH parent IN ARRAY ARRAY['inbox', 'callbacks', 'contact_events'] LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', parent || '_default', parent);
    END LOOP;
END $$;

-- Readers see the tenant named in `outreach.tenant`, and nothing when none is named.
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN
        SELECT c.relname FROM pg_class c
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
         WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = current_schema()::regnamespace
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I FOR SELECT TO outreach_reader '
                       'USING (tenant_id = current_setting(''outreach.tenant'', true))', name);
        EXECUTE format('GRANT SELECT ON %I TO outreach_reader', name);
    END LOOP;
END $$;
GRANT SELECT ON business_clock, seals TO outreach_reader;
