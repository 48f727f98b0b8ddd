-- migrate:up

-- Whoever deletes a file takes its folder away with its name; nothing of either stays in the tombstone.
GRANT UPDATE (folder) ON files TO lector_upload, lector_register;
UPDATE files SET folder = NULL WHERE status = 'deleted' AND folder IS NOT NULL;

-- migrate:down

REVOKE UPDATE (folder) ON files FROM lector_upload, lector_register;
