-- 0019_risk_tiers.sql · the tier that the scorecard made of a loan when it was last looked at
-- ('' = the lowest), and the tier that a contact was chosen by.
ALTER TABLE loans ADD COLUMN risk_tier text NOT NULL DEFAULT '';
ALTER TABLE contacts ADD COLUMN risk_tier text NOT NULL DEFAULT '';
CREATE INDEX loans_risk ON loans (tenant_id, risk_tier) WHERE risk_tier <> '';
