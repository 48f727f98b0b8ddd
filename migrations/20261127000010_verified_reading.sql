-- migrate:up

ALTER TABLE files
    -- Whether texts are held against a second reader, and what follows a doubt; NULL: as the reader has it.
    ADD COLUMN verify text CHECK (verify IN ('auto', 'never', 'always')),
    ADD COLUMN on_doubt text CHECK (on_doubt IN ('keep', 'retry', 'escalate'));

ALTER TABLE pages
    -- The same as a person wants it for this page, when it is read once more; NULL: as the file.
    ADD COLUMN wanted_verify text CHECK (wanted_verify IN ('auto', 'never', 'always')),
    ADD COLUMN wanted_on_doubt text CHECK (wanted_on_doubt IN ('keep', 'retry', 'escalate')),
    -- How many answers of this generation a second reader has spoken against. The best of them is the
    -- page's text meanwhile, all are among its versions, and what they took is added up.
    ADD COLUMN tries integer NOT NULL DEFAULT 0,
    -- Whether somebody wants the text that is there held against a second reader.
    ADD COLUMN verification_wanted boolean NOT NULL DEFAULT false;

GRANT INSERT (verify, on_doubt) ON files TO lector_upload;
GRANT SELECT (verify, on_doubt) ON files TO lector_llm;
GRANT UPDATE (wanted_verify, wanted_on_doubt, tries, verification_wanted) ON pages TO lector_upload;
GRANT SELECT (tries) ON pages TO lector_register;
GRANT SELECT (places, verification, wanted_verify, wanted_on_doubt, tries, verification_wanted),
    UPDATE (tries, verification_wanted) ON pages TO lector_llm;
GRANT SELECT, INSERT, UPDATE (places, verification, doubts) ON page_versions TO lector_llm;

-- migrate:down

REVOKE SELECT, INSERT, UPDATE (places, verification, doubts) ON page_versions FROM lector_llm;
ALTER TABLE pages
    DROP COLUMN wanted_verify,
    DROP COLUMN wanted_on_doubt,
    DROP COLUMN tries,
    DROP COLUMN verification_wanted;
ALTER TABLE files
    DROP COLUMN verify,
    DROP COLUMN on_doubt;
