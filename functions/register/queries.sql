-- name: start_reading
UPDATE files
SET status = 'reading', share = 0, announced_pages = 0, page_count = %(page_count)s, warning = %(warning)s,
    media_type = %(media_type)s, sha256 = coalesce(sha256, %(sha256)s), opened_at = now()
WHERE id = %(file_id)s AND status = 'uploaded'
RETURNING verify, reader, coalesce(
    CASE WHEN prompt IS NOT NULL OR model IS NOT NULL OR describe OR reader IS NOT NULL THEN 'never' END, text_layer, %(text_layer)s
) AS text_layer;

-- name: count_pages
-- A row: the limit of the day that these pages are too many for; then `uncount_pages`.
WITH scopes AS (
    SELECT 'tenant ' || tenant AS scope, nullif(%(max_pages_per_day)s::bigint, 0) AS most FROM files WHERE id = %(file_id)s
    UNION ALL
    SELECT 'token ' || token_id, max_pages_per_day FROM files LEFT JOIN token_limits USING (token_id)
    WHERE id = %(file_id)s AND token_id IS NOT NULL
), counted AS (
    INSERT INTO budgets AS budget (scope, day, pages)
    SELECT scope, (now() AT TIME ZONE 'utc')::date, %(count)s FROM scopes ORDER BY scope
    ON CONFLICT (scope, day) DO UPDATE SET pages = budget.pages + excluded.pages
    RETURNING scope, pages
)
SELECT scope, most, pages - %(count)s AS before FROM counted JOIN scopes USING (scope) WHERE pages > most ORDER BY scope LIMIT 1;

-- name: uncount_pages
-- What `count_pages` has counted of a file that then was not begun.
UPDATE budgets
SET pages = pages - %(count)s
FROM files
WHERE files.id = %(file_id)s AND day = (now() AT TIME ZONE 'utc')::date
  AND scope IN ('tenant ' || files.tenant, 'token ' || files.token_id);

-- name: expect_pages
-- The ledger comes first: every page that will be rendered has its row before.
INSERT INTO pages (id, file_id, number, generation, wanted_prompt, wanted_model, wanted_describe, reader)
SELECT page.id, files.id, page.number, %(generation)s, files.prompt, files.model, files.describe, files.reader
FROM files
CROSS JOIN unnest(%(ids)s::uuid[], %(numbers)s::integer[]) AS page (id, number)
WHERE files.id = %(file_id)s
ON CONFLICT (id) DO NOTHING;

-- name: leave_texts_unsought
UPDATE pages SET text_unsought = true WHERE file_id = %(file_id)s AND generation = %(generation)s AND status = 'pending';

-- name: note_text
-- Of a page that was read without it; it carries none where there is no digest.
UPDATE pages
SET layer_sha256 = %(layer_sha256)s, layer_verdict = %(layer_verdict)s, layer_reason = %(layer_reason)s,
    text_unsought = false
WHERE id = %(page_id)s AND status = 'read' AND text_unsought
RETURNING number;

-- name: register_images
-- Those of one event in one statement. Only a page that waits for its image takes one, of the file's current
-- generation, whose row is locked; a repetition returns no row. Whoever names a prompt, a model or a reader wants the page read, unless he said otherwise of this
-- very page.
UPDATE pages
SET status = 'rendered', rendered_at = now(), render_s = image.render_s, image_key = image.object_key, image_sha256 = image.sha256,
    image_width_px = image.width_px, image_height_px = image.height_px, drawing_doubts = image.doubts::jsonb,
    layer_sha256 = image.layer_sha256, layer_verdict = image.layer_verdict, layer_reason = image.layer_reason,
    text_unsought = image.unsought,
    wanted_text_layer = image.use,
    from_layer = CASE image.use
        WHEN 'always' THEN image.layer_verdict IS NOT NULL
        WHEN 'auto' THEN image.layer_verdict IS NOT DISTINCT FROM 'trusted'
        ELSE false
    END
FROM (
    SELECT image.*, text_unsought AND pages.generation = 1 AND image.layer_sha256 IS NULL AS unsought, coalesce(
        wanted_text_layer,
        CASE WHEN wanted_prompt IS NOT NULL OR wanted_model IS NOT NULL OR wanted_describe OR pages.reader IS NOT NULL THEN 'never' END,
        text_layer,
        %(text_layer)s
    ) AS use
    FROM unnest(
        %(page_ids)s::uuid[], %(render_seconds)s::float8[], %(object_keys)s::text[], %(sha256s)s::text[], %(widths_px)s::integer[],
        %(heights_px)s::integer[], %(doubt_sets)s::text[], %(layer_sha256s)s::text[], %(layer_verdicts)s::text[], %(layer_reasons)s::text[]
    ) AS image (page_id, render_s, object_key, sha256, width_px, height_px, doubts, layer_sha256, layer_verdict, layer_reason)
    JOIN pages ON pages.id = page_id
    JOIN files ON files.id = file_id AND files.generation = %(generation)s
) AS image
WHERE id = image.page_id AND generation = %(generation)s AND status = 'pending'
RETURNING number, from_layer, reader;

-- name: register_blank
UPDATE pages
SET status = 'read', text = '', provenance = 'blank', doubts = '{}', places = NULL, verification = NULL, read_with = NULL, turned_degrees = 0,
    confidence = NULL, cost_usd = 0,
    rendered_at = now(), render_s = %(render_s)s, finished_at = now(),
    version = versions + 1, versions = versions + 1,
    image_key = %(object_key)s, image_sha256 = %(sha256)s,
    image_width_px = %(width_px)s, image_height_px = %(height_px)s
WHERE id = %(page_id)s AND generation = %(generation)s AND status = 'pending'
RETURNING number;

-- name: fail_pages
-- Only pages that still wait for what has failed: one that moved on, whatever arrives late, goes on.
-- So does one that is read after all, as its own text was gone.
UPDATE pages
SET status = 'failed', waiting_for = NULL, waiting_code = NULL, waiting_since = NULL, error_code = %(code)s, error = %(detail)s, attempts = %(attempts)s, finished_at = now()
WHERE id = ANY (%(page_ids)s::uuid[]) AND generation = %(generation)s
  AND status = ANY (%(waiting)s::text[]) AND status IN ('pending', 'rendered')
  AND (from_layer OR NOT %(from_layer_only)s::boolean)
RETURNING number;

-- name: fail_file
-- A file fails as a whole only before its ledger stands; after that its pages do.
UPDATE files
SET status = 'failed', error_code = %(code)s, error = %(detail)s, finished_at = now()
WHERE id = %(file_id)s AND status IN ('announced', 'uploaded')
RETURNING status;

-- name: keep_dead_letter
INSERT INTO dead_letters (id, function, error_code, error, attempts, headers, body, created_at)
VALUES (%(id)s, %(function)s, %(code)s, %(detail)s, %(attempts)s, %(headers)s::text::jsonb, %(body)s, %(given_up_at)s)
ON CONFLICT (id) DO NOTHING;

-- name: drop_old_dead_letters
DELETE FROM dead_letters WHERE created_at < now() - interval '30 days';

-- name: drop_tombstone
-- Only after a round that was announced: another is made up, or from before a backup was restored.
DELETE FROM files WHERE id = %(file_id)s AND status = 'deleted' AND announced_again >= %(round)s;

-- name: next_to_look_at
-- The last movement of anything of the file; the aggregate is over one file's pages only.
SELECT id, status, generation, name, size_bytes, sha256, tenant, traceparent, announced_again, announced_again_at,
       extract(epoch FROM now() - greatest(moved.at, announced_again_at))::float8 AS still_s,
       coalesce(moved.at > announced_again_at, true) AS moved_since,
       status = 'reading' AND NOT moved.wants_no_model AS waits_for_model,
       EXISTS (SELECT FROM reservations) AS money_is_under_way,
       extract(epoch FROM date_trunc('day', utc.now) + interval '1 day' - utc.now)::float8 AS until_tomorrow_s
FROM files
CROSS JOIN (SELECT now() AT TIME ZONE 'utc' AS now) AS utc
CROSS JOIN LATERAL (
    SELECT
        greatest(files.created_at, uploaded_at, opened_at, max(rendered_at), max(pages.finished_at)) AS at,
        count(*) FILTER (WHERE announced_at IS NOT NULL AND (pages.status = 'pending' OR pages.status = 'rendered' AND from_layer)) > 0
            AS wants_no_model
    FROM pages
    WHERE file_id = files.id
) AS moved
WHERE status IN ('announced', 'uploaded', 'reading', 'deleted') AND look_at <= now()
ORDER BY look_at
LIMIT 1
FOR UPDATE OF files SKIP LOCKED;

-- name: next_to_delete
-- What has been kept for as long as was said, also while it is being read.
SELECT id
FROM files
WHERE delete_at <= now() AND status <> 'deleted'
ORDER BY delete_at
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: model_is_away
-- Pages are told "not now", and none is finished. Each maximum is the end of an index.
SELECT coalesce(
    (SELECT max(refused_at) FROM pages WHERE waiting_for IS NOT NULL AND waiting_code IS DISTINCT FROM 'budget_exceeded') > since.at
    AND coalesce((SELECT max(finished_at) FROM pages) < since.at, true),
    false
) AS so
FROM (SELECT now() - make_interval(secs => %(since_s)s) AS at) AS since;

-- name: older_work_is_finished
-- Whether, of the pages finished last, some were announced before a moment: the line is served.
SELECT coalesce(bool_or(finished_at > now() - make_interval(secs => %(since_s)s)
                        AND greatest(created_at, announced_at, rendered_at) <= %(announced_at)s::timestamptz), false) AS so
FROM (
    SELECT finished_at, rendered_at, created_at, announced_at
    FROM pages
    WHERE finished_at IS NOT NULL
    ORDER BY finished_at DESC
    LIMIT 1000
) AS last;

-- name: look_later
UPDATE files SET look_at = now() + make_interval(secs => %(after_s)s) WHERE id = %(file_id)s;

-- name: note_announcement
UPDATE files
SET announced_again = %(times)s, announced_again_at = now(),
    look_at = now() + make_interval(secs => %(after_s)s)
WHERE id = %(file_id)s;

-- name: pages_left
-- Of those in flight: others have not had their turn.
SELECT number
FROM pages
WHERE file_id = %(file_id)s AND status IN ('pending', 'rendered') AND announced_at IS NOT NULL;
