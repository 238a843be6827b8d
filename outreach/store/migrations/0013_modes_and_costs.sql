-- 0013_modes_and_costs.sql · in which mode a lender was when it contacted somebody, and what the
-- provider took for it. Whatever was simulated has provider 'simulated' and doesn't count once the
-- lender is live, so the same try of the same step may be made again then.
ALTER TABLE contacts ADD COLUMN mode text NOT NULL DEFAULT 'live'
    CHECK (mode IN ('test', 'team', 'live'));
ALTER TABLE contacts ADD COLUMN billed_parts smallint;   -- as the provider counts; NULL = not told
ALTER TABLE contacts ADD COLUMN price_micros bigint;     -- as the provider charges; NULL = not told
ALTER TABLE contacts ADD COLUMN price_currency text;
DROP INDEX contacts_once;
CREATE UNIQUE INDEX contacts_once ON contacts (person_id, case_id, step, occurrence, try, mode);
