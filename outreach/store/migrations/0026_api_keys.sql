-- 0026_api_keys.sql · keys by which machines read and ask, and the audit trail as a page reads it.
CREATE TABLE api_keys (
    key_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id    text NOT NULL,
    name         text NOT NULL,               -- whose it is, for people
    prefix       text NOT NULL UNIQUE,        -- in the clear: lists and the audit trail name the key by it
    secret_hash  bytea NOT NULL,              -- SHA-256 of 256 random bits
    scopes       text[] NOT NULL,
    mode         text NOT NULL CHECK (mode IN ('live', 'test')),
    created_by   text NOT NULL,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz,                 -- to the hour
    expires_at   timestamptz,
    revoked_at   timestamptz,
    revoked_by   text
);
CREATE INDEX api_keys_of ON api_keys (tenant_id, key_id DESC);

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON api_keys FOR SELECT TO outreach_reader
    USING (tenant_id = current_setting('outreach.tenant', true));
GRANT SELECT (key_id, tenant_id, name, prefix, scopes, mode, created_by, created_at, last_used_at,
              expires_at, revoked_at, revoked_by) ON api_keys TO outreach_reader;

-- The trail of one lender, newest first, is a page of the console.
CREATE INDEX operator_audit_page ON operator_audit (tenant_id, audit_id DESC);

-- Whom a provider of sign-in vouches for: (issuer, subject) is the one name that never changes hands.
ALTER TABLE operators ADD COLUMN issuer text;
ALTER TABLE operators ADD COLUMN subject text;
CREATE UNIQUE INDEX operators_vouched ON operators (issuer, subject) WHERE subject IS NOT NULL;
