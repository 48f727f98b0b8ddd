-- migrate:up

ALTER TABLE files
    -- The reader that a person has chosen by name; NULL: the default one.
    ADD COLUMN reader text,
    -- What the default reader cannot honour of what was wanted, in words for people.
    ADD COLUMN reader_warning text;

ALTER TABLE pages
    -- Who reads the page: as the file, as somebody wanted it of this page, or as its reader failed.
    ADD COLUMN reader text,
    -- Whether that is the fallback of a reader that failed at it; it has none in its turn.
    ADD COLUMN fell_back boolean NOT NULL DEFAULT false;

GRANT INSERT (reader, reader_warning), UPDATE (reader, reader_warning) ON files TO lector_upload;
GRANT SELECT (reader, reader_warning), UPDATE (reader, reader_warning) ON files TO lector_register;
GRANT UPDATE (reader, fell_back) ON pages TO lector_upload;
GRANT SELECT (reader), INSERT (reader) ON pages TO lector_register;
GRANT SELECT (reader, fell_back), UPDATE (reader, fell_back) ON pages TO lector_llm;

-- migrate:down

ALTER TABLE pages
    DROP COLUMN reader,
    DROP COLUMN fell_back;
ALTER TABLE files
    DROP COLUMN reader,
    DROP COLUMN reader_warning;
