-- 0001_foundations.sql · roles, the business clock, switches, keys.
-- The worker owns the tables and bypasses row-level security; the console and the API read as
-- `outreach_reader`, which sees one tenant at a time.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'outreach_reader') THEN
        CREATE ROLE outreach_reader NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this cluster made it just now
END $$;
GRANT outreach_reader TO CURRENT_USER;

-- Business time as one row that all processes read: business = base + (wall - wall_base) * rate.
-- rate 1 = live or offset, 0 = frozen, else scaled. Refused in a production profile by the runtime.
CREATE TABLE business_clock (
    one       boolean PRIMARY KEY DEFAULT true CHECK (one),
    base      timestamptz NOT NULL,
    wall_base timestamptz NOT NULL,
    rate      double precision NOT NULL DEFAULT 1 CHECK (rate >= 0)
);

-- Raw bodies whose borrower isn't known yet are encrypted under one key per lender and day.
CREATE TABLE day_keys (
    tenant_id text NOT NULL,
    day       date NOT NULL,
    wrapped   bytea NOT NULL,
    PRIMARY KEY (tenant_id, day)
);

-- Money a lender may spend in one of its days; workers lease chunks so that no row is hot.
CREATE TABLE budgets (
    tenant_id    text NOT NULL,
    day          date NOT NULL,
    leased_micros bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, day)
);

-- What must not be used until somebody has looked: a sender that isn't registered, a template that
-- carriers filter, an account that is closed. Read in the transaction that reserves.
CREATE TABLE pauses (
    tenant_id text NOT NULL,
    scope     text NOT NULL CHECK (scope IN ('sender', 'template', 'account')),
    subject   text NOT NULL,
    reason    text NOT NULL,
    placed_at timestamptz NOT NULL,
    lifted_at timestamptz,
    PRIMARY KEY (tenant_id, scope, subject)
);

-- What people should look at: unmapped payloads, silent sources, unknown provider codes.
CREATE TABLE alerts (
    tenant_id text NOT NULL,
    kind      text NOT NULL,
    subject   text NOT NULL,
    count     bigint NOT NULL DEFAULT 1,
    first_at  timestamptz NOT NULL,
    last_at   timestamptz NOT NULL,
    detail    text NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, kind, subject)
);
