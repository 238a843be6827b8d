-- 0028_insights.sql · figures that are too dear to count while somebody waits for a page: one row for
-- each lender and question, made anew by a worker. Nothing is lost with it.
CREATE TABLE insights (
    tenant_id   text NOT NULL,
    key         text NOT NULL,               -- what was counted: 'cases', or a report's period and mode
    as_of       timestamptz NOT NULL,        -- business time
    computed_at timestamptz NOT NULL,        -- wall time
    took_ms     integer NOT NULL,            -- what is slow is counted less often
    body        jsonb NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
ALTER TABLE insights ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON insights FOR SELECT TO outreach_reader
    USING (tenant_id = current_setting('outreach.tenant', true));
GRANT SELECT ON insights TO outreach_reader;

-- What packs said and since when a worker first read it, so that a change can be shown rule by rule.
CREATE TABLE pack_versions (
    pack         text        NOT NULL,
    version      text        NOT NULL,
    content_hash text        NOT NULL,
    content      jsonb       NOT NULL,      -- the file, as read
    seen_at      timestamptz NOT NULL,      -- business time
    PRIMARY KEY (pack, content_hash)
);

-- Who asked to be left alone, newest first.
CREATE INDEX suppressions_at ON suppressions (tenant_id, at);
CREATE INDEX consents_revoked ON consents (tenant_id, revoked_at)
    WHERE status = 'revoked' AND revoked_at IS NOT NULL;
