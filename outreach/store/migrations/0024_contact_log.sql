-- 0024_contact_log.sql · what people search: one row for each contact that was made, deferred or
-- blocked, and each reply. Folded from contact_events about once a second and made anew from it by
-- `outreach log rebuild`; nothing of the write path reads or writes it. Months of business time are
-- dropped with the log's own.
CREATE TABLE contact_log (
    tenant_id        text NOT NULL,
    at               timestamptz NOT NULL,   -- business time
    event_id         bigint NOT NULL,        -- its row in the log
    recorded_at      timestamptz NOT NULL,   -- that row's; wall time
    day              date NOT NULL,          -- of `at` in the lender's calendar
    person_id        bigint NOT NULL,        -- 0 = nobody we know
    contact_id       uuid,                   -- NULL = nothing was sent
    loan_ids         bigint[] NOT NULL DEFAULT '{}',  -- the leading one first
    verdict          text NOT NULL,          -- allowed, deferred, blocked, inbound
    rule             text NOT NULL DEFAULT '',  -- the last to clear of those that objected; or a refusal
    rules            text[] NOT NULL DEFAULT '{}',  -- every rule that objected to any way tried
    shadow           text[] NOT NULL DEFAULT '{}',  -- rules on trial that would have objected
    until            timestamptz,            -- when `rule` clears by itself; NULL = it doesn't
    channel          text NOT NULL DEFAULT '',
    purpose          text NOT NULL DEFAULT '',
    step             text NOT NULL DEFAULT '',
    stage            text NOT NULL DEFAULT '',
    treatment        text NOT NULL DEFAULT '',   -- its name
    treatment_hash   text NOT NULL DEFAULT '',
    template         text NOT NULL DEFAULT '',   -- its key
    template_hash    text NOT NULL DEFAULT '',
    status           text NOT NULL DEFAULT '',   -- delivery state; '' = nothing was sent
    outcome          text NOT NULL DEFAULT '',
    error_class      text NOT NULL DEFAULT '',
    has_failed       boolean NOT NULL DEFAULT false,  -- its state is an end that reached nobody
    reply            text NOT NULL DEFAULT '',   -- what an inbound message asks for
    sender           text NOT NULL DEFAULT '',
    account          text NOT NULL DEFAULT '',   -- slug of the provider account
    mode             text NOT NULL DEFAULT '',   -- live, team, test
    operator         text NOT NULL DEFAULT '',   -- login of who asked for it by hand
    parts            smallint NOT NULL DEFAULT 0,  -- as billed, or else as counted
    cost_micros      bigint NOT NULL DEFAULT 0,  -- as charged, or else as estimated
    currency         text NOT NULL DEFAULT '',   -- '' = an estimate, in the lender's own
    address_hmac     bytea,                  -- as in endpoints; NULL = none, or the person was erased
    sample_key       bigint NOT NULL,        -- uniform, keyed: the same after a rebuild
    PRIMARY KEY (tenant_id, at, event_id)
) PARTITION BY RANGE (at);
-- Updates change states and costs, which no index names but for the few that fail: they stay HOT.
CREATE INDEX contact_log_person ON contact_log (tenant_id, person_id, at, event_id);
CREATE INDEX contact_log_address ON contact_log (tenant_id, address_hmac, at, event_id)
    WHERE address_hmac IS NOT NULL;
CREATE INDEX contact_log_rule ON contact_log (tenant_id, rule, at, event_id) WHERE verdict <> 'allowed';
CREATE INDEX contact_log_template ON contact_log (tenant_id, template, at, event_id) WHERE template <> '';
CREATE INDEX contact_log_failed ON contact_log (tenant_id, at, event_id) WHERE has_failed;
CREATE INDEX contact_log_operator ON contact_log (tenant_id, operator, at, event_id) WHERE operator <> '';
CREATE INDEX contact_log_sample ON contact_log (tenant_id, sample_key);
CREATE TABLE contact_log_default PARTITION OF contact_log DEFAULT WITH (fillfactor = 80);

-- Counts by quarter of an hour (zones are off by quarters) for what is looked at every second, and by
-- the lender's day for what is looked at over months. Kept in the transaction that folds the rows.
CREATE TABLE contact_log_slots (
    tenant_id   text NOT NULL,
    slot        timestamptz NOT NULL,        -- business time, cut to 15 minutes
    verdict     text NOT NULL,
    rule        text NOT NULL,
    channel     text NOT NULL,
    purpose     text NOT NULL,
    status      text NOT NULL,
    error_class text NOT NULL,
    account     text NOT NULL,
    mode        text NOT NULL,
    currency    text NOT NULL,
    contacts    bigint NOT NULL,             -- 0 where all have moved on to another state
    parts       bigint NOT NULL,
    cost_micros bigint NOT NULL,
    until_min   timestamptz,
    until_max   timestamptz,
    PRIMARY KEY (tenant_id, slot, verdict, rule, channel, purpose, status, error_class, account, mode, currency)
) WITH (fillfactor = 70);

CREATE TABLE contact_log_days (
    tenant_id   text NOT NULL,
    day         date NOT NULL,
    verdict     text NOT NULL,
    rule        text NOT NULL,
    channel     text NOT NULL,
    purpose     text NOT NULL,
    status      text NOT NULL,
    template    text NOT NULL,
    currency    text NOT NULL,
    contacts    bigint NOT NULL,
    cost_micros bigint NOT NULL,
    PRIMARY KEY (tenant_id, day, verdict, rule, channel, purpose, status, template, currency)
) WITH (fillfactor = 70);

-- How far the log is folded. A walk reads it from its beginning, block by block: a rebuild, or a
-- backlog; `walk_to` NULL: there is none.
CREATE TABLE contact_log_state (
    one          boolean PRIMARY KEY DEFAULT true CHECK (one),
    horizon      xid8 NOT NULL DEFAULT '0',  -- rows of earlier transactions are folded
    since        timestamptz NOT NULL DEFAULT '-infinity',  -- later ones were recorded from then on
    as_of        timestamptz NOT NULL DEFAULT '-infinity',  -- wall time: nothing older is missing
    walk_to      xid8 DEFAULT '0',           -- '0': it hasn't begun
    walk_since   timestamptz NOT NULL DEFAULT '-infinity',
    walk_block   bigint NOT NULL DEFAULT 0
);
INSERT INTO contact_log_state DEFAULT VALUES;

-- Filters that somebody keeps under a name; `query` is the canonical query of the page's address.
CREATE TABLE saved_filters (
    tenant_id   text NOT NULL,
    filter_id   bigint GENERATED ALWAYS AS IDENTITY,
    owner       text NOT NULL,               -- login
    shared_with text NOT NULL DEFAULT '',    -- a role that sees it as well; '' = nobody
    name        text NOT NULL,
    query       text NOT NULL,
    changed_at  timestamptz NOT NULL,        -- wall time
    PRIMARY KEY (filter_id),
    UNIQUE (tenant_id, owner, name)
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['contact_log', 'contact_log_slots', 'contact_log_days', 'saved_filters'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I FOR SELECT TO outreach_reader '
                       'USING (tenant_id = current_setting(''outreach.tenant'', true))', name);
        EXECUTE format('GRANT SELECT ON %I TO outreach_reader', name);
    END LOOP;
END $$;
