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
-- What a file still waits for: pages in flight, and whether others wait in line, or for money. Each is
-- a small index of its own.
SELECT share, announced_pages, tenant,
       EXISTS (SELECT FROM pages
               WHERE file_id = %(file_id)s AND waiting_code = 'budget_exceeded' AND announced_at IS NULL) AS waits_for_money,
       (SELECT count(*) FROM pages
        WHERE file_id = %(file_id)s AND status IN ('pending', 'rendered') AND announced_at IS NOT NULL) AS in_flight,
       EXISTS (SELECT FROM pages
               WHERE file_id = %(file_id)s AND status IN ('pending', 'rendered') AND announced_at IS NULL
                 AND waiting_code IS DISTINCT FROM 'budget_exceeded') AS has_line
FROM files
WHERE id = %(file_id)s;

-- name: being_read
-- Among whom a lane is shared: tenants first, then each one's files. One at its ceiling takes no part.
SELECT count(DISTINCT tenant) AS tenants, count(*) FILTER (WHERE tenant = %(tenant)s) AS files
FROM files
WHERE status = 'reading' AND NOT EXISTS (
    SELECT FROM pages WHERE file_id = files.id AND waiting_code = 'budget_exceeded' AND announced_at IS NULL
);

-- name: next_in_line
SELECT number, status, image_key, image_sha256, image_width_px, image_height_px, from_layer, reader, tries,
       text_unsought AND generation = 1 AS text_unwanted
FROM pages
WHERE file_id = %(file_id)s AND status IN ('pending', 'rendered') AND announced_at IS NULL
  AND waiting_code IS DISTINCT FROM 'budget_exceeded'
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
RETURNING files.status, files.delete_at, count.read AS pages_read, count.failed AS pages_failed, count.doubted AS pages_doubted;

-- name: pages_in_flight
-- Without those of which somebody said "not now", or that failed, lately: they are on their way.
SELECT number, status, image_key, image_sha256, image_width_px, image_height_px, from_layer, reader, tries,
       text_unsought AND generation = 1 AS text_unwanted
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
  AND number = ANY (%(numbers)s::integer[])
ORDER BY number;

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

-- name: bury_file
-- The row stays as a tombstone until the file's objects are surely gone; nothing about the person's
-- file remains in it. The next generation makes whatever is in flight come too late.
UPDATE files
SET status = 'deleted', generation = generation + 1, name = 'deleted', folder = NULL, page_selection = NULL,
    warning = NULL, error_code = NULL, error = NULL, finished_at = now(),
    sha256 = NULL, prompt = NULL, model = NULL, language = NULL, reader = NULL, reader_warning = NULL, upload_id = NULL,
    announced_again = 1, look_at = now() + make_interval(secs => %(removal_after_s)s)
WHERE id = %(file_id)s AND status <> 'deleted'
RETURNING generation;

-- name: affordable_pages
-- Those of the pages that wait for money, the first first, that what is left under every ceiling pays
-- for, reckoned as `reserve` of llm does, which decides it. They have their images.
SELECT number, status, image_key, image_sha256, image_width_px, image_height_px, from_layer, reader, tries, false AS text_unwanted, waiting_since
FROM (
    SELECT number, status, image_key, image_sha256, image_width_px, image_height_px, from_layer, reader, tries, waiting_since,
           sum(needs_usd::numeric(20, 10)) OVER (ORDER BY number) AS needed_usd
    FROM pages
    WHERE file_id = %(file_id)s AND waiting_code = 'budget_exceeded' AND announced_at IS NULL
) AS waiting
CROSS JOIN (
    SELECT least(
        files.max_cost_usd::numeric - coalesce((SELECT spent_usd + reserved_usd FROM budgets WHERE scope = 'file ' || files.id AND day = '-infinity'), 0),
        token_limits.max_cost_usd_per_day::numeric
            - coalesce((SELECT spent_usd + reserved_usd FROM budgets
                        WHERE scope = 'token ' || files.token_id AND day = (now() AT TIME ZONE 'utc')::date), 0),
        %(max_cost_usd_per_day)s::float8::numeric
            - coalesce((SELECT spent_usd + reserved_usd FROM budgets WHERE scope = 'lector' AND day = (now() AT TIME ZONE 'utc')::date), 0)
    ) AS usd
    FROM files
    LEFT JOIN token_limits ON token_limits.token_id = files.token_id
    WHERE files.id = %(file_id)s
) AS is_left
WHERE needed_usd <= is_left.usd OR is_left.usd IS NULL
ORDER BY number
LIMIT %(limit)s;

-- name: end_waits
UPDATE pages
SET announced_at = now(), waiting_for = NULL, waiting_code = NULL, waiting_since = NULL, needs_usd = NULL
WHERE file_id = %(file_id)s AND number = ANY (%(numbers)s::integer[]) AND waiting_code = 'budget_exceeded';

-- name: release_stale
-- Reservations of deliveries that are surely over, and of which no other came: their process is gone.
WITH gone AS (
    DELETE FROM reservations
    WHERE page_id = ANY (ARRAY (
        SELECT page_id FROM reservations
        WHERE made_at < now() - make_interval(secs => %(after_s)s)
        LIMIT 1000
        FOR UPDATE SKIP LOCKED
    ))
    RETURNING file_id, day, usd
), scopes AS (
    SELECT 'file ' || gone.file_id AS scope, date '-infinity' AS day, usd FROM gone
    UNION ALL
    SELECT 'token ' || token_id, day, usd FROM gone JOIN files ON id = file_id WHERE token_id IS NOT NULL
    UNION ALL
    SELECT 'tenant ' || tenant, day, usd FROM gone JOIN files ON id = file_id
    UNION ALL
    SELECT 'lector', day, usd FROM gone
), freed AS (
    SELECT scope, day, sum(usd) AS usd FROM scopes GROUP BY scope, day
), locked AS (
    SELECT scope, day FROM budgets JOIN freed USING (scope, day) ORDER BY scope, day FOR UPDATE OF budgets
)
UPDATE budgets
SET reserved_usd = reserved_usd - freed.usd
FROM freed
JOIN locked USING (scope, day)
WHERE budgets.scope = freed.scope AND budgets.day = freed.day;

-- name: drop_old_days
DELETE FROM budgets WHERE day > '-infinity' AND day < now() - interval '400 days';
