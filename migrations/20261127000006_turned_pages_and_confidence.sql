-- migrate:up

ALTER TABLE pages
    -- By how much the image must be turned clockwise to stand upright; the words' places are of that.
    ADD COLUMN turned_degrees integer NOT NULL DEFAULT 0 CHECK (turned_degrees IN (0, 90, 180, 270)),
    -- How sure the reader is of its words, 0 to 100; NULL: it does not tell.
    ADD COLUMN confidence double precision;

ALTER TABLE page_versions
    ADD COLUMN turned_degrees integer NOT NULL DEFAULT 0,
    ADD COLUMN confidence double precision;

ALTER TABLE readings
    ADD COLUMN turned_degrees integer NOT NULL DEFAULT 0,
    ADD COLUMN confidence double precision;

GRANT UPDATE (turned_degrees, confidence) ON pages TO lector_upload;
GRANT UPDATE (turned_degrees, confidence) ON pages TO lector_register;
GRANT UPDATE (turned_degrees, confidence) ON pages TO lector_llm;

-- migrate:down

ALTER TABLE readings
    DROP COLUMN turned_degrees,
    DROP COLUMN confidence;
ALTER TABLE page_versions
    DROP COLUMN turned_degrees,
    DROP COLUMN confidence;
ALTER TABLE pages
    DROP COLUMN turned_degrees,
    DROP COLUMN confidence;
