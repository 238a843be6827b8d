-- 0023_template_versions.sql · words that one lender's people write at run time: versions, who let
-- them through, when they were live; operators' own addresses for tests.
CREATE TABLE template_versions (
    version_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id        text NOT NULL,
    key              text NOT NULL,
    locale           text NOT NULL,
    channel          text NOT NULL,
    number           integer NOT NULL,
    state            text NOT NULL DEFAULT 'draft'
                     CHECK (state IN ('draft', 'review', 'approved', 'live', 'retired', 'withdrawn')),
    revision         integer NOT NULL DEFAULT 1,     -- rises with every save: optimistic lock
    source           text NOT NULL,
    subject          text NOT NULL DEFAULT '',
    note             text NOT NULL DEFAULT '',
    authors          text[] NOT NULL DEFAULT '{}',   -- logins of everybody who changed a word
    based_number     integer NOT NULL DEFAULT 0,     -- version that it was begun from; 0 = the file
    based_hash       text NOT NULL DEFAULT '',
    based_source     text NOT NULL DEFAULT '',
    based_subject    text NOT NULL DEFAULT '',
    file_hash        text NOT NULL DEFAULT '',       -- of the file's words below it
    needs_compliance boolean NOT NULL DEFAULT false,
    content_hash     text NOT NULL DEFAULT '',
    hashes           text[] NOT NULL DEFAULT '{}',   -- each under which its words were live
    percent          smallint NOT NULL DEFAULT 0 CHECK (percent BETWEEN 0 AND 100),
    hold_out         smallint NOT NULL DEFAULT 0 CHECK (hold_out BETWEEN 0 AND 98),
    created_at       timestamptz NOT NULL,           -- these are business time
    changed_at       timestamptz NOT NULL,
    submitted_at     timestamptz,
    submitted_by     text NOT NULL DEFAULT '',
    go_live_at       timestamptz,
    go_live_by       text NOT NULL DEFAULT '',
    live_at          timestamptz,                    -- when it first was
    live_by          text NOT NULL DEFAULT '',
    ended_at         timestamptz,
    ended_by         text NOT NULL DEFAULT '',
    UNIQUE (tenant_id, key, locale, channel, number)
);
-- One open version of a place at a time; the list of what waits for approval reads it as well.
CREATE UNIQUE INDEX template_versions_open ON template_versions (tenant_id, key, locale, channel)
    WHERE state IN ('draft', 'review', 'approved');
CREATE INDEX template_versions_live ON template_versions (tenant_id) WHERE state = 'live';
CREATE INDEX template_versions_planned ON template_versions (go_live_at)
    WHERE state = 'approved' AND go_live_at IS NOT NULL;
CREATE INDEX template_versions_hashes ON template_versions USING gin (hashes);

-- Words change in drafts alone, whoever asks.
CREATE FUNCTION keep_template_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.source, NEW.subject) IS DISTINCT FROM (OLD.source, OLD.subject)
       AND (NEW.state <> 'draft' OR OLD.live_at IS NOT NULL) THEN
        RAISE EXCEPTION 'words of version % were sent for approval and stay as they are', OLD.version_id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER template_words_stay BEFORE UPDATE ON template_versions
    FOR EACH ROW EXECUTE FUNCTION keep_template_words();

CREATE TABLE template_approvals (
    approval_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id    text NOT NULL,
    version_id   bigint NOT NULL,
    login        text NOT NULL,
    name         text NOT NULL,
    role         text NOT NULL CHECK (role IN ('operator', 'approver', 'compliance', 'admin')),
    verdict      text NOT NULL DEFAULT 'approved' CHECK (verdict IN ('approved', 'sent_back')),
    reason       text NOT NULL DEFAULT '',
    sentences    jsonb NOT NULL DEFAULT '{}',        -- finding -> why it was let through
    content_hash text NOT NULL,                      -- of the words that were looked at
    at           timestamptz NOT NULL,
    voided_at    timestamptz                         -- the words changed, or were sent back
);
CREATE INDEX template_approvals_of ON template_approvals (version_id);

-- Every time that a version was live; a roll-back adds a row.
CREATE TABLE template_lives (
    life_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id  text NOT NULL,
    version_id bigint NOT NULL,
    percent    smallint NOT NULL,
    since      timestamptz NOT NULL,
    until      timestamptz,
    by         text NOT NULL,
    why        text NOT NULL DEFAULT ''
);
CREATE INDEX template_lives_of ON template_lives (version_id);

-- One number that processes look at: it rises whenever other words are live.
CREATE TABLE template_generation (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    generation bigint NOT NULL DEFAULT 0
);
INSERT INTO template_generation DEFAULT VALUES;

-- Operators' own numbers and e-mail addresses, proved by a code; sealed.
CREATE TABLE operator_addresses (
    address_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login        text NOT NULL,
    channel      text NOT NULL CHECK (channel IN ('sms', 'email')),
    address      bytea NOT NULL,
    address_hmac bytea NOT NULL,
    code_hash    bytea,
    code_ends_at timestamptz,                        -- wall time, as are the others
    tries        smallint NOT NULL DEFAULT 0,
    verified_at  timestamptz,
    UNIQUE (login, address_hmac)
);

-- Codes and tests that were sent to those, so that nobody sends many.
CREATE TABLE operator_sends (
    tenant_id text NOT NULL,
    login     text NOT NULL,
    what      text NOT NULL DEFAULT 'test' CHECK (what IN ('code', 'test')),
    template  text NOT NULL DEFAULT '',              -- key@hash
    at        timestamptz NOT NULL                   -- wall time
);
CREATE INDEX operator_sends_of ON operator_sends (login, at);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['template_versions', 'template_approvals', 'template_lives',
                                'operator_sends'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I FOR SELECT TO outreach_reader '
                       'USING (tenant_id = current_setting(''outreach.tenant'', true))', name);
        EXECUTE format('GRANT SELECT ON %I TO outreach_reader', name);
    END LOOP;
END $$;
