CREATE TABLE borrowers (
    id    text PRIMARY KEY,
    name  text NOT NULL,
    phone text NOT NULL
);
CREATE TABLE loans (
    id          text PRIMARY KEY,
    borrower_id text NOT NULL REFERENCES borrowers (id),
    creditor    text NOT NULL
);
CREATE TABLE signals (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id  text NOT NULL UNIQUE,
    body        jsonb NOT NULL,
    status      text NOT NULL DEFAULT 'received',
    received_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE outcomes (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    signal_id   bigint NOT NULL REFERENCES signals (id),
    attempt     text NOT NULL,
    provider_id text,
    status      text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
