-- 0011_pauses_and_circuits.sql · stops of any breadth, with who placed and who lifted them; accounts
-- that have stopped answering. A pause of tenant '*' holds for every lender. Both tables are read by
-- the one statement that a reserving transaction reads pauses with.
ALTER TABLE pauses DROP CONSTRAINT pauses_scope_check;
ALTER TABLE pauses ADD CONSTRAINT pauses_scope_check
    CHECK (scope IN ('everything', 'channel', 'treatment', 'template', 'sender', 'account'));
ALTER TABLE pauses ADD COLUMN placed_by text NOT NULL DEFAULT 'outreach';
ALTER TABLE pauses ADD COLUMN lifted_by text;

-- A row is an open circuit: nothing is reserved for the account, but one probe each time its hour
-- has come. Wall time, as vendors live in it. Losing the row means closed, until failures open it.
CREATE TABLE circuits (
    account   text PRIMARY KEY,             -- slug of the provider account
    opened_at timestamptz NOT NULL,
    probe_at  timestamptz NOT NULL,         -- the next probe may go from then on
    wait      interval NOT NULL,            -- until the one after it
    reason    text NOT NULL
);
