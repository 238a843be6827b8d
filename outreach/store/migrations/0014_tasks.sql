-- 0014_tasks.sql · work for people gets a state, a loan, somebody who has taken it, and an outcome.
-- `note` stays the one ciphertext: what the work is about and, once closed, who closed it and why.
ALTER TABLE tasks ADD COLUMN state text NOT NULL DEFAULT 'open'
    CHECK (state IN ('open', 'taken', 'done', 'canceled'));
ALTER TABLE tasks ADD COLUMN loan_id bigint;             -- NULL = the person as a whole
ALTER TABLE tasks ADD COLUMN case_id bigint;             -- the episode it arose in, where there is one
ALTER TABLE tasks ADD COLUMN assignee text;              -- somebody at the lender, or a queue of theirs
ALTER TABLE tasks ADD COLUMN outcome text NOT NULL DEFAULT '';
UPDATE tasks SET state = 'done' WHERE done_at IS NOT NULL;
ALTER TABLE tasks ADD CONSTRAINT tasks_done CHECK ((state IN ('done', 'canceled')) = (done_at IS NOT NULL));

-- `status` is what a promise came to, by the platform's word or by the payments that are known;
-- `told` is that word alone, so that a payment taken back opens the promise again.
ALTER TABLE promises ADD COLUMN told text NOT NULL DEFAULT 'open';
UPDATE promises SET told = status;

-- Not only an opt-out is answered: so is a promise, a question for whom to call, another language.
ALTER TABLE confirmations ADD COLUMN kind text NOT NULL DEFAULT 'opt_out'
    CHECK (kind IN ('opt_out', 'promise', 'help', 'language'));
ALTER TABLE confirmations ADD COLUMN about bytea;        -- encrypted: the loan, amount and day

-- By its number a task is found among all of them; those of one loan when a signal settles them.
CREATE INDEX tasks_number ON tasks (task_id);
