-- 0003_people.sql · who may be contacted, where, and on what permission.
-- One ciphertext per row under the person's own key; addresses are found by keyed hash only.
CREATE SEQUENCE person_ids;
CREATE SEQUENCE loan_ids;
CREATE SEQUENCE case_ids;

CREATE TABLE persons (
    tenant_id       text NOT NULL,
    person_id       bigint NOT NULL,
    wrapped_key     bytea,                  -- NULL once erased: everything under it is unreadable
    profile         bytea,                  -- name, address, preferences …, encrypted
    profile_version bigint NOT NULL DEFAULT 0,
    locale          text,
    declared_zone   text,
    residence       text,                   -- ISO 3166-1, or 3166-2 where known: 'US-TX', 'CN'
    represented     boolean NOT NULL DEFAULT false,
    PRIMARY KEY (person_id)
) PARTITION BY HASH (person_id);

-- Every alias of a person or loan. digest = first 16 bytes of SHA-256(tenant|kind|ref); a loan's row
-- carries loan_id, a borrower's doesn't.
CREATE TABLE external_refs (
    digest    bytea PRIMARY KEY,
    tenant_id text NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('loan', 'borrower')),
    ref       text NOT NULL,
    person_id bigint NOT NULL,
    loan_id   bigint
) PARTITION BY HASH (digest);

CREATE TABLE endpoints (
    tenant_id    text NOT NULL,
    person_id    bigint NOT NULL,
    endpoint_id  text NOT NULL,             -- the platform's id, or one of ours
    medium       text NOT NULL CHECK (medium IN ('phone', 'push', 'email', 'postal')),
    kind         text NOT NULL,             -- mobile, landline_residential, work_phone, fcm …
    address_hmac bytea NOT NULL,
    address      bytea NOT NULL,            -- encrypted
    status       text NOT NULL,
    is_primary   boolean NOT NULL DEFAULT false,
    zones        text[] NOT NULL DEFAULT '{}',  -- every zone its area code allows
    verified_at  timestamptz,
    PRIMARY KEY (person_id, endpoint_id)
) PARTITION BY HASH (person_id);
CREATE INDEX endpoints_address ON endpoints (address_hmac);

CREATE TABLE consents (
    tenant_id   text NOT NULL,
    person_id   bigint NOT NULL,
    channel     text NOT NULL,
    purpose     text NOT NULL,
    endpoint_id text NOT NULL DEFAULT '',
    kind        text NOT NULL DEFAULT 'express',
    given_to    text NOT NULL DEFAULT 'creditor',
    status      text NOT NULL CHECK (status IN ('granted', 'revoked', 'unknown')),
    at          timestamptz NOT NULL,
    expires_at  timestamptz,
    evidence    text NOT NULL DEFAULT '',
    version     bigint NOT NULL DEFAULT 0,  -- profile that stated it; 0 = recorded elsewhere (a reply)
    revoked_at  timestamptz,                -- newest revocation ever told
    PRIMARY KEY (person_id, channel, purpose, endpoint_id)
) PARTITION BY HASH (person_id);

-- Opt-outs bind an address, whoever holds it. scope: endpoint, or a medium for the whole person.
CREATE TABLE suppressions (
    tenant_id    text NOT NULL,
    sender_scope text NOT NULL DEFAULT '*',
    address_hmac bytea NOT NULL,
    medium       text NOT NULL,
    at           timestamptz NOT NULL,
    origin       text NOT NULL,             -- reply, provider, signal, operator
    evidence     text NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, address_hmac, sender_scope, medium)
);

CREATE TABLE holds (
    tenant_id   text NOT NULL,
    person_id   bigint NOT NULL,
    kind        text NOT NULL,
    case_ref    text NOT NULL,              -- the platform's dispute id, 'deceased', a callback id …
    loan_id     bigint NOT NULL DEFAULT 0,  -- 0 = every loan of the person
    policy      text NOT NULL,
    channel     text NOT NULL DEFAULT '',   -- '' = every channel
    placed_at   timestamptz NOT NULL,
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz,
    released_at timestamptz,
    version_at  timestamptz NOT NULL,       -- newest word on this case
    word        text NOT NULL DEFAULT 'placed',  -- that word: opened, granted, ended …
    freed_at    timestamptz,                -- newest explicit release
    origin      text NOT NULL,
    evidence    text NOT NULL DEFAULT '',
    PRIMARY KEY (person_id, kind, case_ref, loan_id)
) PARTITION BY HASH (person_id);

-- Work for people: replies not understood, unconfirmed deaths, doubtful opt-outs.
CREATE TABLE tasks (
    tenant_id text NOT NULL,
    person_id bigint NOT NULL,
    task_id   bigint GENERATED ALWAYS AS IDENTITY,
    kind      text NOT NULL,
    ref       text NOT NULL,
    opened_at timestamptz NOT NULL,
    due_at    timestamptz,
    done_at   timestamptz,
    note      bytea,                        -- encrypted
    PRIMARY KEY (person_id, kind, ref)
) PARTITION BY HASH (person_id);

-- Applied canonical signals, for the life of the loan; what replay and the case page read.
CREATE TABLE person_events (
    tenant_id   text NOT NULL,
    person_id   bigint NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    signal_type text NOT NULL,
    digest      bytea NOT NULL,
    effect      text NOT NULL,              -- applied, stale, duplicate
    body        bytea NOT NULL              -- encrypted
) PARTITION BY HASH (person_id);
CREATE INDEX person_events_person ON person_events (person_id, recorded_at);
