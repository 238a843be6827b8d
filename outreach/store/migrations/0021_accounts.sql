-- 0021_accounts.sql · how provider accounts fare, what their messages cost, when receipts came.
-- `ended_at` is what receipts' pace is measured by; `finished` counts how often a vendor was asked
-- for a message's price, -1 once it has told all it will. Neither is indexed: updates stay HOT.
ALTER TABLE contacts ADD COLUMN ended_at timestamptz;  -- wall clock; first report that ends it
ALTER TABLE contacts ADD COLUMN finished smallint NOT NULL DEFAULT 0;

-- A row is an account that has been looked at beside another of its channel. Wall time. Losing the
-- row means a full share and no idea of its usual pace.
CREATE TABLE account_health (
    account       text PRIMARY KEY,                -- slug of the provider account
    share         real NOT NULL DEFAULT 1 CHECK (share > 0 AND share <= 1),
    usual_seconds real,                            -- until a receipt ends a message; NULL = unknown
    reason        text NOT NULL DEFAULT '',
    changed_at    timestamptz NOT NULL             -- of the share
);
