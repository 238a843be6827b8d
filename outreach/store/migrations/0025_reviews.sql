-- 0025_reviews.sql · what compliance does with the contact log: marks and comments on contacts, random samples,
-- findings with a state, exports. A contact, or a decision that led to none, is named by the person and the row of
-- the log that begins it. What is written about a borrower is one ciphertext under their key, and goes with it.
CREATE TABLE contact_marks (
    tenant_id text NOT NULL,
    mark_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL,
    event_id  bigint NOT NULL,
    sample_id bigint,                          -- NULL: not within a sample
    mark      text CHECK (mark IN ('seen', 'in_order', 'not_in_order')),  -- NULL: a comment alone
    comment   bytea,
    by_login  text NOT NULL,
    by_name   text NOT NULL,
    at        timestamptz NOT NULL             -- wall time
);
CREATE INDEX contact_marks_of ON contact_marks (person_id, event_id, mark_id);

CREATE TABLE samples (
    tenant_id text NOT NULL,
    sample_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name      text NOT NULL,
    filter    text NOT NULL,                   -- the stratum: the list's own query, relative dates made absolute
    start     bigint NOT NULL,                 -- the seed: members follow this point of sample_key
    size      integer NOT NULL,                -- asked for; fewer members where the stratum is smaller
    drawn_at  timestamptz NOT NULL,            -- wall time
    as_of     timestamptz NOT NULL,            -- what the log held then
    drawn_by  text NOT NULL
);
CREATE INDEX samples_newest ON samples (tenant_id, sample_id DESC);

CREATE TABLE sample_members (
    tenant_id text NOT NULL,
    sample_id bigint NOT NULL,
    position  integer NOT NULL,
    person_id bigint NOT NULL,
    event_id  bigint NOT NULL,
    mark      text CHECK (mark IN ('seen', 'in_order', 'not_in_order')),  -- NULL: not reviewed yet
    marked_by text,
    marked_at timestamptz,
    PRIMARY KEY (sample_id, position),
    UNIQUE (sample_id, person_id, event_id)
);

CREATE TABLE findings (
    tenant_id  text NOT NULL,
    finding_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    what       text NOT NULL,                  -- about a practice, never about a person
    severity   text NOT NULL DEFAULT 'medium' CHECK (severity IN ('low', 'medium', 'high')),
    state      text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'in_progress', 'closed')),
    owner      text NOT NULL DEFAULT '',
    due_on     date,
    sample_id  bigint,
    raised_by  text NOT NULL,
    raised_at  timestamptz NOT NULL,           -- wall time
    closed_at  timestamptz
);
CREATE INDEX findings_newest ON findings (tenant_id, state, finding_id DESC);

CREATE TABLE finding_contacts (
    tenant_id  text NOT NULL,
    finding_id bigint NOT NULL,
    person_id  bigint NOT NULL,
    event_id   bigint NOT NULL,
    PRIMARY KEY (finding_id, person_id, event_id)
);
CREATE INDEX finding_contacts_of ON finding_contacts (person_id, event_id);

CREATE TABLE finding_changes (
    tenant_id  text NOT NULL,
    change_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    finding_id bigint NOT NULL,
    by_name    text NOT NULL,
    at         timestamptz NOT NULL,
    state      text NOT NULL,                  -- afterwards, as the next two
    owner      text NOT NULL,
    due_on     date,
    note       text NOT NULL                   -- why; closing takes one
);
CREATE INDEX finding_changes_of ON finding_changes (finding_id, change_id);

CREATE TABLE exports (
    tenant_id   text NOT NULL,
    export_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    filter      text NOT NULL,                 -- as in samples
    format      text NOT NULL DEFAULT 'csv' CHECK (format IN ('csv', 'jsonl', 'parquet')),
    language    text NOT NULL DEFAULT 'en',
    unmasked    boolean NOT NULL DEFAULT false,
    reason      text NOT NULL DEFAULT '',      -- why unmasked
    asked_by    text NOT NULL,
    asked_name  text NOT NULL,
    asked_at    timestamptz NOT NULL,          -- wall time
    as_of       timestamptz NOT NULL,          -- rows recorded later are left out
    state       text NOT NULL DEFAULT 'waiting'
                CHECK (state IN ('waiting', 'running', 'done', 'failed', 'stopped', 'expired')),
    problem     text NOT NULL DEFAULT '',
    expected    bigint,                        -- rows, as counted when it began
    rows        bigint NOT NULL DEFAULT 0,     -- written, with those of the part being written
    parts       jsonb NOT NULL DEFAULT '[]',   -- finished ones: name, rows, bytes, sha256, and where the next begins
    sha256      bytea,                         -- of the manifest, once all is done
    worker      uuid,                          -- who writes it, and until when nobody else takes it over
    leased_until timestamptz,
    finished_at timestamptz,
    expires_at  timestamptz
);
CREATE INDEX exports_newest ON exports (tenant_id, export_id DESC);
CREATE INDEX exports_waiting ON exports (export_id) WHERE state IN ('waiting', 'running');
CREATE INDEX exports_kept ON exports (expires_at) WHERE expires_at IS NOT NULL AND state <> 'expired';

DO $$
DECLARE
    each text;
BEGIN
    FOREACH each IN ARRAY ARRAY['contact_marks', 'samples', 'sample_members', 'findings', 'finding_contacts',
                                'finding_changes', 'exports'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', each);
        EXECUTE format('CREATE POLICY tenant ON %I FOR SELECT TO outreach_reader '
                       'USING (tenant_id = current_setting(''outreach.tenant'', true))', each);
        EXECUTE format('GRANT SELECT ON %I TO outreach_reader', each);
    END LOOP;
END $$;

-- A contact's page asks which checkpoint covers its rows: one of those made soon after them.
CREATE INDEX seals_at ON seals (sealed_at);
