-- migrate:up

-- Where the words of the text stand, and what a second reader says of them: one compact object for a
-- page (lector/domain/word_places.py), which is compressed already. `words` is what pages had before.
ALTER TABLE pages
    ADD COLUMN places bytea,
    ADD COLUMN verification jsonb,
    ALTER COLUMN places SET STORAGE EXTERNAL;
ALTER TABLE page_versions
    ADD COLUMN places bytea,
    ADD COLUMN verification jsonb,
    ALTER COLUMN places SET STORAGE EXTERNAL;
ALTER TABLE readings
    ADD COLUMN places bytea,
    ADD COLUMN verification jsonb,
    ALTER COLUMN places SET STORAGE EXTERNAL;

GRANT UPDATE (places, verification) ON pages TO lector_upload;
GRANT UPDATE (places, verification) ON pages TO lector_register;
GRANT UPDATE (places, verification) ON pages TO lector_llm;

-- migrate:down

ALTER TABLE readings
    DROP COLUMN places,
    DROP COLUMN verification;
ALTER TABLE page_versions
    DROP COLUMN places,
    DROP COLUMN verification;
ALTER TABLE pages
    DROP COLUMN places,
    DROP COLUMN verification;
