-- 0002_inbox.sql · signals and callbacks as they came, before anybody knows whose they are.

-- Idempotency of (tenant, source, id): digest is the first 16 bytes of its SHA-256. Kept >= 45 days.
CREATE TABLE signal_keys (
    digest    bytea PRIMARY KEY,
    body_hash bytea NOT NULL,
    seen_at   timestamptz NOT NULL
) PARTITION BY HASH (digest);

-- Pending signals. Consumed by DELETE; lane 0 (payments, protective signals) is claimed first, and
-- dispatch skips any person with an unfolded row in it. `subjects` are digests of the references
-- the row is about, the same digests as in external_refs.
CREATE TABLE inbox (
    inbox_id    bigint GENERATED ALWAYS AS IDENTITY,
    received_at timestamptz NOT NULL,
    tenant_id   text NOT NULL,
    source      text NOT NULL,
    lane        smallint NOT NULL,
    signal_type text NOT NULL,
    digest      bytea NOT NULL,
    subjects    bytea[] NOT NULL,
    not_before  timestamptz NOT NULL,
    tries       smallint NOT NULL DEFAULT 0,
    needs_read  boolean NOT NULL DEFAULT false, -- a hint: the platform's API is asked before it is folded
    body        bytea NOT NULL
) PARTITION BY RANGE (received_at);
CREATE INDEX inbox_claim ON inbox (lane, not_before, inbox_id);

-- Signals that can't take effect: unmapped, unknown type, same id with another body, no sequence.
-- Kept and shown; `outreach inbox replay` moves one back.
CREATE TABLE quarantine (
    inbox_id    bigint PRIMARY KEY,
    received_at timestamptz NOT NULL,
    tenant_id   text NOT NULL,
    source      text NOT NULL,
    signal_type text NOT NULL,
    digest      bytea NOT NULL,
    subjects    bytea[] NOT NULL,
    reason      text NOT NULL,
    detail      text NOT NULL,
    day         date NOT NULL,
    body        bytea NOT NULL
);
CREATE INDEX quarantine_tenant ON quarantine (tenant_id, received_at);

-- Heartbeat and order per configured source.
CREATE TABLE source_state (
    tenant_id      text NOT NULL,
    source         text NOT NULL,
    last_signal_at timestamptz NOT NULL,
    signals        bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, source)
);

-- Verified provider callbacks and inbound messages, waiting to be folded. Consumed by DELETE.
CREATE TABLE callbacks (
    callback_id bigint GENERATED ALWAYS AS IDENTITY,
    received_at timestamptz NOT NULL,
    tenant_id   text NOT NULL,
    provider    text NOT NULL,
    kind        text NOT NULL,
    attempt     text,
    tries       smallint NOT NULL DEFAULT 0,
    not_before  timestamptz NOT NULL,
    body        bytea NOT NULL
) PARTITION BY RANGE (received_at);
CREATE INDEX callbacks_claim ON callbacks (not_before, callback_id);
