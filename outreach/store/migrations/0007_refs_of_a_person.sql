-- 0007_refs_of_a_person.sql · every alias of one person: who has a borrower's, and what moves when
-- a person that only a loan was known of turns out to be somebody else.
CREATE INDEX external_refs_person ON external_refs (person_id);
