-- migrate:up

-- How a file is to be read, as a hash over what was asked for and how readers are set up: two files with the
-- same bytes and the same of these are read alike. Files of before have none, and are never taken for another's.
ALTER TABLE files ADD COLUMN reading_sha256 text;
GRANT INSERT (reading_sha256) ON files TO lector_upload;

-- Whoever writes waits while this is made: see docs/operations.md for how to make it before, beside those who
-- write. IF NOT EXISTS is for that.
CREATE INDEX IF NOT EXISTS files_by_bytes ON files (tenant, sha256) WHERE sha256 IS NOT NULL;

-- migrate:down

DROP INDEX files_by_bytes;
ALTER TABLE files DROP COLUMN reading_sha256;
