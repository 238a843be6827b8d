-- 0029_today.sql · what the console's first page counts, whatever the tables' size: signals by source
-- and quarter of an hour (zones are off by quarters), opt-outs of a day, open work of a lender.
CREATE TABLE signal_counts (
    tenant_id    text NOT NULL,
    source       text NOT NULL,
    quarter_hour timestamptz NOT NULL,      -- business time, cut to 15 minutes
    signals      bigint NOT NULL,
    PRIMARY KEY (tenant_id, quarter_hour, source)
) WITH (fillfactor = 70);

CREATE INDEX suppressions_day ON suppressions (tenant_id, at);
CREATE INDEX tasks_waiting ON tasks (tenant_id, kind, opened_at) WHERE done_at IS NULL;

ALTER TABLE signal_counts ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON signal_counts FOR SELECT TO outreach_reader
    USING (tenant_id = current_setting('outreach.tenant', true));
GRANT SELECT ON signal_counts TO outreach_reader;
