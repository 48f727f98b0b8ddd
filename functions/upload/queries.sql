-- name: create_file
INSERT INTO files (name, size_bytes, page_selection)
VALUES (%(name)s, %(size_bytes)s, %(page_selection)s)
RETURNING id;

-- name: confirm_file
-- Confirmed once, however often it is said: a repetition returns no row.
UPDATE files
SET status = 'uploaded', uploaded_at = now()
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
WHERE files.id = ANY (%(ids)s::uuid[])
ORDER BY files.id DESC;

-- name: newest_file_ids
-- Ids are UUIDv7 and sort by age, so a page of the list begins where the last one ended.
SELECT id
FROM files
WHERE (%(before)s::uuid IS NULL OR id < %(before)s::uuid)
  AND (%(status)s::text IS NULL OR status = %(status)s::text)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: pages_of_file
SELECT number, status, text, error_code, error, waiting_for, attempts, provenance, model,
       prompt_tokens, completion_tokens, image_width_px, image_height_px
FROM pages
WHERE file_id = %(file_id)s AND number > %(after)s
ORDER BY number
LIMIT %(limit)s;

-- name: texts_of_file
SELECT number, text
FROM pages
WHERE file_id = %(file_id)s AND status = 'read'
ORDER BY number;
