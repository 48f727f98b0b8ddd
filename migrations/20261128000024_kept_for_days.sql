-- migrate:up

-- For how many days a file is kept, with its original, images and texts, and when it is deleted; NULL: it is kept
-- until somebody deletes it.
ALTER TABLE files
    ADD COLUMN keep_days integer,
    ADD COLUMN delete_at timestamptz;

-- Whoever writes waits while this is made: see docs/operations.md for how to make it before, beside those who
-- write. IF NOT EXISTS is for that.
CREATE INDEX IF NOT EXISTS files_to_delete ON files (delete_at) WHERE delete_at IS NOT NULL AND status <> 'deleted';

-- For how many days files of a tenant are kept of which nobody says so.
CREATE TABLE tenant_keeping (
    tenant     text PRIMARY KEY,
    keep_days  integer NOT NULL CHECK (keep_days > 0)
);

GRANT INSERT (keep_days, delete_at), UPDATE (keep_days, delete_at) ON files TO lector_upload;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_keeping TO lector_upload;
-- It is told with the end of reading, by whoever reads a file's last page.
GRANT SELECT (delete_at) ON files TO lector_llm;
GRANT SELECT (delete_at) ON files TO lector_bridge;
-- The sweep deletes what has been kept for long enough.
GRANT DELETE ON pages TO lector_register;
GRANT SELECT (image_sha256), DELETE ON readings TO lector_register;

-- migrate:down

REVOKE SELECT (image_sha256), DELETE ON readings FROM lector_register;
REVOKE DELETE ON pages FROM lector_register;
DROP TABLE tenant_keeping;
DROP INDEX files_to_delete;
ALTER TABLE files
    DROP COLUMN keep_days,
    DROP COLUMN delete_at;
