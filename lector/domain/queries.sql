-- name: announce
-- Several events in one statement, so that the doorbell rings once. A repeated announcement of
-- the same event is the same row.
INSERT INTO outbox (id, type, source, subject, data, traceparent, tracestate)
SELECT id, type, source, subject, data::jsonb, traceparent, tracestate
FROM unnest(
    %(ids)s::uuid[], %(types)s::text[], %(sources)s::text[], %(subjects)s::text[],
    %(data)s::text[], %(traceparents)s::text[], %(tracestates)s::text[]
) AS event (id, type, source, subject, data, traceparent, tracestate)
ON CONFLICT (id) DO NOTHING;

-- name: lock_file
-- Whoever changes a file's pages locks its row first: of two last pages that finish at once, the
-- second sees the first.
SELECT status, page_selection, page_count, tenant
FROM files
WHERE id = %(file_id)s AND generation = %(generation)s
FOR UPDATE;

-- name: work_left
-- What a file still waits for: pages in flight, and whether others wait in line. Each is a small
-- index of its own.
SELECT share, announced_pages, tenant,
       (SELECT count(*) FROM pages
        WHERE file_id = %(file_id)s AND status IN ('pending', 'rendered') AND announced_at IS NOT NULL) AS in_flight,
       EXISTS (SELECT FROM pages
               WHERE file_id = %(file_id)s AND status IN ('pending', 'rendered') AND announced_at IS NULL) AS has_line
FROM files
WHERE id = %(file_id)s;

-- name: being_read
-- Among whom a lane is shared: tenants first, then each one's files.
SELECT count(DISTINCT tenant) AS tenants, count(*) FILTER (WHERE tenant = %(tenant)s) AS files
FROM files
WHERE status = 'reading';

-- name: next_in_line
SELECT number, status, image_key, image_sha256, image_width_px, image_height_px, from_layer, reader, tries
FROM pages
WHERE file_id = %(file_id)s AND status IN ('pending', 'rendered') AND announced_at IS NULL
ORDER BY number
LIMIT %(limit)s;

-- name: note_in_flight
UPDATE pages
SET announced_at = now()
WHERE file_id = %(file_id)s AND number = ANY (%(numbers)s::integer[]) AND status IN ('pending', 'rendered');

-- name: note_share
UPDATE files SET share = %(share)s, announced_pages = announced_pages + %(count)s WHERE id = %(file_id)s;

-- name: finish_file
-- Only a file that is being read can finish, so it does so once.
UPDATE files
SET status = CASE WHEN count.failed = 0 THEN 'completed' WHEN count.read = 0 THEN 'failed' ELSE 'incomplete' END,
    error_code = CASE WHEN count.failed > 0 THEN 'pages_failed' END,
    error = CASE WHEN count.failed > 0 THEN format('%%s of %%s pages could not be read', count.failed, count.failed + count.read) END,
    finished_at = now()
FROM (
    SELECT
        count(*) FILTER (WHERE status = 'read') AS read,
        count(*) FILTER (WHERE status = 'failed') AS failed,
        count(*) FILTER (WHERE status = 'read' AND doubts <> '{}') AS doubted
    FROM pages
    WHERE file_id = %(file_id)s
) AS count
WHERE id = %(file_id)s AND status = 'reading'
RETURNING files.status, count.read AS pages_read, count.failed AS pages_failed, count.doubted AS pages_doubted;

-- name: pages_in_flight
-- Without those of which somebody said "not now", or that failed, lately: they are on their way.
SELECT number, status, image_key, image_sha256, image_width_px, image_height_px, from_layer, reader, tries
FROM pages
WHERE file_id = %(file_id)s AND status IN ('pending', 'rendered') AND announced_at IS NOT NULL
  AND (refused_at IS NULL OR refused_at < now() - make_interval(secs => %(quiet_s)s))
ORDER BY number;

-- name: settle_tries
-- Those of some pages that wait for a further try, and have the best answer so far as their text.
UPDATE pages
SET status = 'read', waiting_for = NULL, waiting_code = NULL, waiting_since = NULL, finished_at = now()
WHERE id = ANY (%(page_ids)s::uuid[]) AND generation = %(generation)s AND status = 'rendered' AND tries > 0
RETURNING number, provenance, model, prompt_tokens, completion_tokens, doubts, turned_degrees, confidence, verification;

-- name: wanted_pages
-- The pages among some that still wait for their image; none if the file is gone, or was cancelled.
SELECT number
FROM pages
WHERE file_id = %(file_id)s AND generation = %(generation)s AND status = 'pending'
  AND number = ANY (%(numbers)s::integer[]);

-- name: bury_file
-- The row stays as a tombstone until the file's objects are surely gone; nothing about the person's
-- file remains in it. The next generation makes whatever is in flight come too late.
UPDATE files
SET status = 'deleted', generation = generation + 1, name = 'deleted', page_selection = NULL,
    warning = NULL, error_code = NULL, error = NULL, finished_at = now(),
    sha256 = NULL, prompt = NULL, model = NULL, language = NULL, reader = NULL, reader_warning = NULL, upload_id = NULL,
    announced_again = 1, look_at = now() + make_interval(secs => %(removal_after_s)s)
WHERE id = %(file_id)s AND status <> 'deleted'
RETURNING generation;
