-- 0022_operators.sql · people who work with the console: their accounts, what they may do for which
-- lender, and everything they did.
CREATE TABLE operators (
    operator_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login         text NOT NULL UNIQUE,
    name          text NOT NULL,
    password_hash text,                        -- argon2id; NULL: signs in elsewhere
    generation    integer NOT NULL DEFAULT 0,  -- a session of an earlier one has ended
    disabled      boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL
);

CREATE TABLE operator_roles (
    tenant_id   text NOT NULL,
    operator_id bigint NOT NULL,
    role        text NOT NULL CHECK (role IN ('operator', 'approver', 'compliance', 'admin')),
    PRIMARY KEY (operator_id, tenant_id, role)
);

CREATE TABLE operator_audit (
    audit_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id   text NOT NULL,                 -- '': about no one lender, such as signing in
    login       text NOT NULL,
    action      text NOT NULL,
    subject     text NOT NULL,
    at          timestamptz NOT NULL
);
CREATE INDEX operator_audit_of ON operator_audit (login, audit_id DESC);

ALTER TABLE operator_roles ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON operator_roles FOR SELECT TO outreach_reader
    USING (tenant_id = current_setting('outreach.tenant', true));
GRANT SELECT ON operator_roles TO outreach_reader;

ALTER TABLE operator_audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON operator_audit FOR SELECT TO outreach_reader
    USING (tenant_id = current_setting('outreach.tenant', true));
GRANT SELECT ON operator_audit TO outreach_reader;
