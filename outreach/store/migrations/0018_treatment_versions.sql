-- 0018_treatment_versions.sql · what treatments said and since when, so that a running case can be
-- finished as it was begun; and by which stage and arm a contact was made, for reports.
CREATE TABLE treatment_versions (
    name         text        NOT NULL,
    since        date        NOT NULL,      -- first day on which it was in force
    content_hash text        NOT NULL,
    content      jsonb       NOT NULL,      -- the file, as read
    seen_at      timestamptz NOT NULL,      -- business time; of one day the last seen stands
    PRIMARY KEY (name, since, seen_at)
);

ALTER TABLE contacts ADD COLUMN stage text NOT NULL DEFAULT '';
ALTER TABLE contacts ADD COLUMN experiment text NOT NULL DEFAULT '';
ALTER TABLE contacts ADD COLUMN arm text NOT NULL DEFAULT '';   -- '' = no experiment
