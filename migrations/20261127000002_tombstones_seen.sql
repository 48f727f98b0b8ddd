-- migrate:up

-- render opens a file with the digest that the ledger has, not with one that an event carries.
GRANT SELECT (sha256) ON files TO lector_render;

-- After a backup was restored, once, before anything of Lector runs: how many files go on. `gone` are
-- files that were deleted while the backup was made, so that it may lack objects of theirs.
--
-- What happened since the backup is unknown here, but its events may still be delivered. So every file
-- begins a generation that none of them can have: an image that they tell of may not be in the restored
-- bucket, a failure that they tell of may be of an attempt that is now to come.
CREATE FUNCTION resume_after_restore(gone uuid[] DEFAULT '{}') RETURNS bigint LANGUAGE sql AS $$
    DELETE FROM readings WHERE image_sha256 IN (SELECT image_sha256 FROM pages WHERE file_id = ANY (gone));
    DELETE FROM finished_files WHERE file_id = ANY (gone);
    DELETE FROM outbox WHERE subject = ANY (gone::text[]);
    DELETE FROM files WHERE id = ANY (gone);
    -- Transaction ids are another server's; those who watch are told to load anew.
    UPDATE outbox SET xact = pg_current_xact_id();
    -- A bucket's backup holds no uploads that had only some of their parts.
    UPDATE files SET upload_id = NULL WHERE upload_id IS NOT NULL;
    -- More than anybody retries a file between two backups.
    UPDATE files SET generation = generation + 1000 WHERE status <> 'deleted';
    UPDATE files SET announced_again = 0, announced_again_at = NULL, look_at = now()
    WHERE status IN ('uploaded', 'reading');
    UPDATE pages
    SET generation = files.generation, refused_at = NULL, waiting_for = NULL, waiting_code = NULL, waiting_since = NULL,
        failures = 0, failing_since = NULL, failed_at = NULL
    FROM files
    WHERE files.id = file_id AND files.status = 'reading' AND pages.status IN ('pending', 'rendered');
    SELECT count(*) FROM files WHERE status IN ('uploaded', 'reading');
$$;
REVOKE EXECUTE ON FUNCTION resume_after_restore(uuid[]) FROM PUBLIC;

-- migrate:down

DROP FUNCTION resume_after_restore(uuid[]);
REVOKE SELECT (sha256) ON files FROM lector_render;
