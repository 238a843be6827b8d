-- 0004_loans.sql · loans as the platform tells them: snapshots, and facts beside them.
-- Amounts are minor units. `outstanding_minor` is the effective one: snapshot less the payments it
-- doesn't contain, recomputed at every fold, so that dispatch only reads.
CREATE TABLE loans (
    tenant_id            text NOT NULL,
    person_id            bigint NOT NULL,
    loan_id              bigint NOT NULL,
    ref                  text NOT NULL,
    source               text NOT NULL,
    currency             text NOT NULL,
    creditor             text NOT NULL DEFAULT '',
    product              text NOT NULL DEFAULT '',
    account_tail         text NOT NULL DEFAULT '',
    status               text NOT NULL,
    status_stamp         text NOT NULL DEFAULT '',
    schedule_version     integer NOT NULL DEFAULT 1,
    lender_timezone      text NOT NULL,
    total_minor          bigint,
    oldest_unpaid_due_on date,
    next_due_on          date,
    past_due_minor       bigint NOT NULL DEFAULT 0,
    as_of                timestamptz NOT NULL,
    closed_on            date,
    risk_bucket          text NOT NULL DEFAULT '',
    flags                jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (person_id, loan_id)
) PARTITION BY HASH (person_id);

CREATE TABLE installments (
    tenant_id         text NOT NULL,
    person_id         bigint NOT NULL,
    loan_id           bigint NOT NULL,
    number            integer NOT NULL,
    schedule_version  integer NOT NULL,     -- that the report named; 0 = it named none
    due_on            date NOT NULL,
    snapshot_minor    bigint NOT NULL,      -- as the platform said at `as_of`
    outstanding_minor bigint NOT NULL,      -- effective: what a message may quote
    source            text NOT NULL,
    stamp             text NOT NULL,        -- sequence or time, as this source orders
    as_of             timestamptz NOT NULL,
    parts             jsonb,
    PRIMARY KEY (person_id, loan_id, number)
) PARTITION BY HASH (person_id);

-- Payments and reversals are sets: stored once, never deleted. A reversal of a payment never seen
-- is a row with amount_minor NULL, and the payment nets to zero when it comes.
CREATE TABLE payments (
    tenant_id     text NOT NULL,
    person_id     bigint NOT NULL,
    loan_id       bigint NOT NULL,
    payment_ref   text NOT NULL,
    amount_minor  bigint,
    value_date    date,
    paid_at       timestamptz,
    source        text NOT NULL,
    stamp         text NOT NULL DEFAULT '',
    provisional   boolean NOT NULL DEFAULT false,
    split         jsonb NOT NULL DEFAULT '[]',   -- [{number, amount, remaining}]
    allocation    jsonb,
    reversed_at   timestamptz,
    reversal      jsonb,
    told          jsonb NOT NULL DEFAULT '{}',   -- each source's earliest word on it and on its reversal
    PRIMARY KEY (person_id, loan_id, payment_ref)
) PARTITION BY HASH (person_id);

CREATE TABLE promises (
    tenant_id    text NOT NULL,
    person_id    bigint NOT NULL,
    loan_id      bigint NOT NULL,
    promise_ref  text NOT NULL,
    amount_minor bigint NOT NULL,
    due_on       date NOT NULL,
    made_at      timestamptz NOT NULL,
    status       text NOT NULL,
    PRIMARY KEY (person_id, loan_id, promise_ref)
) PARTITION BY HASH (person_id);

CREATE TABLE quotes (
    tenant_id    text NOT NULL,
    person_id    bigint NOT NULL,
    loan_id      bigint NOT NULL,
    quote_ref    text NOT NULL,
    amount_minor bigint NOT NULL,
    valid_until  date NOT NULL,
    requested_by text NOT NULL,
    quoted_at    timestamptz NOT NULL,
    PRIMARY KEY (person_id, loan_id, quote_ref)
) PARTITION BY HASH (person_id);

-- One pre-due or delinquency episode of one loan. episode = schedule version : anchor instalment.
CREATE TABLE cases (
    tenant_id      text NOT NULL,
    person_id      bigint NOT NULL,
    case_id        bigint NOT NULL,
    loan_id        bigint NOT NULL,
    kind           text NOT NULL,
    anchor_number  integer NOT NULL,
    anchor_due_on  date NOT NULL,
    schedule_version integer NOT NULL,
    episode        integer NOT NULL DEFAULT 1,
    opened_on      date NOT NULL,
    closed_on      date,
    end_reason     text,
    PRIMARY KEY (person_id, case_id)
) PARTITION BY HASH (person_id);
