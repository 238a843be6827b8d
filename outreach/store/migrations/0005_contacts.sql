-- 0005_contacts.sql · the agenda, the contact log and its projection.

-- One row per person: when to look at them next, and the row every writer about them locks.
CREATE TABLE agenda (
    tenant_id text NOT NULL,
    person_id bigint NOT NULL,
    due_at    timestamptz NOT NULL,         -- business time; 'infinity' = nothing planned
    reason    text NOT NULL DEFAULT '',     -- what the person waits for, as last logged
    PRIMARY KEY (person_id)
) PARTITION BY HASH (person_id);
CREATE INDEX agenda_due ON agenda (due_at);

-- One row per provider attempt: what caps read. Rebuilt from contact_events by a test.
CREATE TABLE contacts (
    tenant_id      text NOT NULL,
    person_id      bigint NOT NULL,
    contact_id     uuid NOT NULL,
    case_id        bigint NOT NULL,
    step           text NOT NULL,
    occurrence     text NOT NULL,           -- schedule version : anchor instalment : episode
    try            smallint NOT NULL,
    debts          bigint[] NOT NULL,
    channel        text NOT NULL,
    purpose        text NOT NULL,
    direction      text NOT NULL DEFAULT 'out',
    endpoint_id    text NOT NULL,
    address_hmac   bytea NOT NULL,
    recipient_role text NOT NULL DEFAULT 'debtor',
    dial_mode      text NOT NULL DEFAULT '',
    provider       text NOT NULL,
    sender         text NOT NULL,
    template       text NOT NULL,           -- key@content hash
    treatment      text NOT NULL,           -- name@content hash
    at             timestamptz NOT NULL,    -- business time of the reservation
    send_before    timestamptz NOT NULL,    -- wall clock; not handed off by then = released
    parts          smallint NOT NULL,
    cost_micros    bigint NOT NULL DEFAULT 0,
    delivery_state text NOT NULL,
    outcome        text NOT NULL,
    error_class    text,
    error_code     text,
    disposition    text,
    provider_ref   text,
    settled_at     timestamptz,             -- wall clock; of an unknown one: when it was last looked up
    PRIMARY KEY (person_id, contact_id)
) PARTITION BY HASH (person_id);
CREATE UNIQUE INDEX contacts_once ON contacts (person_id, case_id, step, occurrence, try);
-- Reconciliation reads the last hours' contacts only. A block range index doesn't stop HOT updates.
CREATE INDEX contacts_handed ON contacts USING brin (send_before) WITH (pages_per_range = 8, autosummarize = on);

-- The log. INSERT only. person_id = 0: nobody could be named (an unmatched reply).
CREATE TABLE contact_events (
    tenant_id   text NOT NULL,
    person_id   bigint NOT NULL,
    event_id    bigint GENERATED ALWAYS AS IDENTITY,
    contact_id  uuid,
    kind        text NOT NULL,
    at          timestamptz NOT NULL,       -- business time
    recorded_at timestamptz NOT NULL DEFAULT now(),
    body        bytea NOT NULL              -- encrypted under the person's key
) PARTITION BY RANGE (recorded_at);
CREATE INDEX contact_events_person ON contact_events (person_id, event_id);
-- For the sealer: rows lie in the order of their time, so a few bytes per range find the newest.
CREATE INDEX contact_events_recorded ON contact_events USING brin (recorded_at)
    WITH (pages_per_range = 32, autosummarize = on);

-- Providers that can't echo our id are matched by theirs.
CREATE TABLE provider_refs (
    account    text NOT NULL,
    ref        text NOT NULL,
    person_id  bigint NOT NULL,
    contact_id uuid NOT NULL,
    PRIMARY KEY (account, ref)
) PARTITION BY HASH (ref);

-- Checkpoints: leaf hashes of the sealed rows, and a root that covers the previous seal. Rows are
-- sealed once no open transaction can still add an earlier one: those with xid in
-- [previous horizon, horizon). Retention drops rows and keeps leaves.
CREATE TABLE seals (
    seal_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sealed_at     timestamptz NOT NULL,
    horizon       xid8 NOT NULL,
    event_ids     bigint[] NOT NULL,
    leaves        bytea NOT NULL,           -- 32 bytes a row, in event_ids order
    previous_root bytea NOT NULL,
    root          bytea NOT NULL
);
