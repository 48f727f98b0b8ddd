-- name: create_file
-- When its bytes do not come, the sweep looks at it and lets it go.
INSERT INTO files (name, size_bytes, page_selection, look_at)
VALUES (%(name)s, %(size_bytes)s, %(page_selection)s, now() + make_interval(secs => %(keep_s)s))
RETURNING id;

-- name: idle
-- Whether nothing was announced, but for one file, and nothing read for a while. Two steps in an
-- index: ids are UUIDv7 and sort by age.
SELECT
    coalesce(
        (
            SELECT created_at <= now() - make_interval(secs => %(idle_s)s)
            FROM files
            WHERE %(announced)s::uuid IS NULL OR id <> %(announced)s::uuid
            ORDER BY id DESC
            LIMIT 1
        ),
        true
    )
    AND NOT EXISTS (
        SELECT FROM pages WHERE finished_at > now() - make_interval(secs => %(idle_s)s)
    ) AS idle;

-- name: confirm_file
-- Confirmed once, however often it is said: a repetition returns no row.
UPDATE files
SET status = 'uploaded', uploaded_at = now(), look_at = now() + make_interval(secs => %(sweep_after_s)s)
WHERE id = %(file_id)s AND status = 'announced'
RETURNING id;

-- name: files_by_id
SELECT id, name, size_bytes, page_selection, status, generation, page_count, warning, error_code, error,
       created_at, uploaded_at, opened_at, finished_at, progress.*
FROM files
CROSS JOIN LATERAL (
    SELECT
        count(*) AS pages_total,
        count(*) FILTER (WHERE status = 'pending') AS pages_pending,
        count(*) FILTER (WHERE rendered_at IS NOT NULL) AS pages_rendered,
        count(*) FILTER (WHERE status = 'read') AS pages_read,
        count(*) FILTER (WHERE status = 'failed') AS pages_failed,
        max(waiting_for) AS waiting_for
    FROM pages
    WHERE pages.file_id = files.id
) AS progress
WHERE files.id = ANY (%(ids)s::uuid[]) AND status <> 'deleted'
ORDER BY files.id DESC;

-- name: newest_file_ids
-- Ids are UUIDv7 and sort by age, so a page of the list begins where the last one ended.
SELECT id
FROM files
WHERE status <> 'deleted' AND (%(before)s::uuid IS NULL OR id < %(before)s::uuid)
  AND (%(status)s::text IS NULL OR status = %(status)s::text)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: pages_of_file
SELECT number, status, text, error_code, error, waiting_for, attempts, provenance, model,
       prompt_tokens, completion_tokens, image_width_px, image_height_px, generation, finished_at
FROM pages
WHERE file_id = %(file_id)s AND number > %(after)s
ORDER BY number
LIMIT %(limit)s;

-- name: texts_of_file
SELECT number, text
FROM pages
WHERE file_id = %(file_id)s AND status = 'read'
ORDER BY number;

-- name: lock_for_change
-- Whoever changes a file's pages locks its row first.
SELECT id, status, generation, name, size_bytes, page_count, uploaded_at IS NOT NULL AS has_bytes
FROM files
WHERE id = %(file_id)s
FOR UPDATE;

-- name: cancel_pages
UPDATE pages
SET status = 'failed', waiting_for = NULL, error_code = 'cancelled', error = 'cancelled before it was read',
    finished_at = now()
WHERE file_id = %(file_id)s AND status IN ('pending', 'rendered');

-- name: cancel_file
UPDATE files
SET status = 'cancelled', error_code = 'cancelled', error = 'somebody cancelled it', finished_at = now()
WHERE id = %(file_id)s;

-- name: failed_pages
SELECT number FROM pages WHERE file_id = %(file_id)s AND status = 'failed' ORDER BY number;

-- name: begin_generation
UPDATE files
SET generation = generation + 1, status = CASE WHEN page_count IS NULL THEN 'uploaded' ELSE 'reading' END,
    error_code = NULL, error = NULL, finished_at = NULL, announced_again = 0, announced_again_at = now(),
    look_at = now() + make_interval(secs => %(sweep_after_s)s)
WHERE id = %(file_id)s
RETURNING generation;

-- name: retry_pages
-- The failed ones that were chosen start anew; those that wait anyway are carried into the new
-- generation where they stand, as results of the old one count no more.
UPDATE pages
SET generation = %(generation)s, refused_at = NULL, waiting_for = NULL, error_code = NULL, error = NULL,
    attempts = NULL, finished_at = NULL,
    status = CASE WHEN status = 'failed' THEN 'pending' ELSE status END,
    rendered_at = CASE WHEN status = 'failed' THEN NULL ELSE rendered_at END
WHERE file_id = %(file_id)s
  AND (status IN ('pending', 'rendered') OR number = ANY (%(numbers)s::integer[]));

-- name: wait_for_deletions
-- A lock of its own, until the commit; the number means nothing else.
SELECT pg_advisory_xact_lock(7025001) IS NOT NULL AS held;

-- name: forget_readings
-- Answers about images that no other file shows.
DELETE FROM readings
WHERE image_sha256 IN (SELECT image_sha256 FROM pages WHERE file_id = %(file_id)s)
  AND NOT EXISTS (
      SELECT FROM pages WHERE pages.image_sha256 = readings.image_sha256 AND file_id <> %(file_id)s
  );

-- name: delete_pages
DELETE FROM pages WHERE file_id = %(file_id)s;

-- name: dead_letters
SELECT id, function, error_code, error, attempts, headers::text AS headers, body, created_at, replays, replayed_at
FROM dead_letters
WHERE %(before)s::timestamptz IS NULL OR created_at < %(before)s::timestamptz
ORDER BY created_at DESC, id
LIMIT %(limit)s;

-- name: take_dead_letter
UPDATE dead_letters
SET replays = replays + 1, replayed_at = now()
WHERE id = %(id)s
RETURNING id, function, error_code, error, attempts, headers::text AS headers, body, created_at, replays, replayed_at;

-- name: unconfirmed_files
SELECT id
FROM files
WHERE status = 'announced' AND created_at < now() - make_interval(secs => %(older_s)s)
ORDER BY id;

-- name: known_files
-- Tombstones are known: their objects are being removed.
SELECT id FROM files WHERE id = ANY (%(ids)s::uuid[]);
