-- name: create_file
-- When its bytes do not come, the sweep looks at it and lets it go.
INSERT INTO files (tenant, name, size_bytes, sha256, page_selection, prompt, model, language, traceparent, look_at)
VALUES (%(tenant)s, %(name)s, %(size_bytes)s, %(sha256)s, %(pages)s, %(prompt)s, %(model)s, %(language)s,
        %(traceparent)s, now() + make_interval(secs => %(keep_s)s))
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
SET status = 'uploaded', uploaded_at = now(), begun_at = now(), upload_id = NULL, look_at = now() + make_interval(secs => %(sweep_after_s)s)
WHERE id = %(file_id)s AND status = 'announced'
RETURNING id;

-- name: files_by_id
-- A sum is known only if every page's figure is.
SELECT id, name, size_bytes, sha256, page_selection, prompt, model, language, upload_id, status, generation,
       page_count, warning, error_code, error, created_at, uploaded_at, begun_at, opened_at, finished_at, tenant, traceparent, progress.*
FROM files
CROSS JOIN LATERAL (
    SELECT
        count(*) AS pages_total,
        count(*) FILTER (WHERE status = 'pending') AS pages_pending,
        count(*) FILTER (WHERE rendered_at IS NOT NULL) AS pages_rendered,
        count(*) FILTER (WHERE status = 'read') AS pages_read,
        count(*) FILTER (WHERE status = 'failed') AS pages_failed,
        max(waiting_for) AS waiting_for,
        sum(prompt_tokens) AS prompt_tokens,
        sum(completion_tokens) AS completion_tokens,
        CASE WHEN bool_and(cost_usd IS NOT NULL) FILTER (WHERE text IS NOT NULL) THEN sum(cost_usd) END AS cost_usd
    FROM pages
    WHERE pages.file_id = files.id
) AS progress
WHERE files.id = ANY (%(ids)s::uuid[]) AND (%(tenant)s::text IS NULL OR tenant = %(tenant)s) AND status <> 'deleted';

-- name: newest_files
-- Ids are UUIDv7 and sort by age, so a page of the list begins where the last one ended.
SELECT id, '' AS key
FROM files
WHERE tenant = %(tenant)s AND status <> 'deleted' AND (%(id)s::uuid IS NULL OR id < %(id)s::uuid)
  AND (%(statuses)s::text[] IS NULL OR status = ANY (%(statuses)s::text[]))
  AND (%(name)s::text IS NULL OR name ILIKE %(name)s::text)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: oldest_files
SELECT id, '' AS key
FROM files
WHERE tenant = %(tenant)s AND status <> 'deleted' AND (%(id)s::uuid IS NULL OR id > %(id)s::uuid)
  AND (%(statuses)s::text[] IS NULL OR status = ANY (%(statuses)s::text[]))
  AND (%(name)s::text IS NULL OR name ILIKE %(name)s::text)
ORDER BY id
LIMIT %(limit)s;

-- name: files_by_name
SELECT id, lower(name) AS key
FROM files
WHERE tenant = %(tenant)s AND status <> 'deleted'
  AND (%(id)s::uuid IS NULL OR (lower(name), id) > (%(key)s::text, %(id)s::uuid))
  AND (%(statuses)s::text[] IS NULL OR status = ANY (%(statuses)s::text[]))
  AND (%(name)s::text IS NULL OR name ILIKE %(name)s::text)
ORDER BY lower(name), id
LIMIT %(limit)s;

-- name: largest_files
SELECT id, size_bytes::text AS key
FROM files
WHERE tenant = %(tenant)s AND status <> 'deleted'
  AND (%(id)s::uuid IS NULL OR (size_bytes, id) < (%(key)s::text::bigint, %(id)s::uuid))
  AND (%(statuses)s::text[] IS NULL OR status = ANY (%(statuses)s::text[]))
  AND (%(name)s::text IS NULL OR name ILIKE %(name)s::text)
ORDER BY size_bytes DESC, id DESC
LIMIT %(limit)s;

-- name: pages_of_file
SELECT id, number, status, CASE WHEN %(with_text)s::boolean THEN text END AS text, error_code, error, waiting_for,
       attempts, generation, provenance, model, prompt, version, versions, prompt_tokens, completion_tokens, cost_usd,
       image_key, image_width_px, image_height_px, created_at, rendered_at, reading_at, finished_at, render_s
FROM pages
WHERE file_id = %(file_id)s AND number > %(after)s AND (%(status)s::text IS NULL OR status = %(status)s::text)
ORDER BY number
LIMIT %(limit)s;

-- name: words_of_page
-- The text as the search shows it: hits between the characters 2 and 3, which no text contains. In
-- place of < and > stand two private characters, as a headline leaves out what looks like a tag.
SELECT words, CASE WHEN %(query)s::text IS NOT NULL THEN ts_headline(
           search_language::regconfig, translate(text, '<>', chr(57344) || chr(57345)), websearch_to_tsquery(search_language::regconfig, %(query)s::text),
           'HighlightAll=true, StartSel=' || chr(2) || ', StopSel=' || chr(3)) END AS marked
FROM pages
WHERE id = %(page_id)s;

-- name: texts_of_file
SELECT number, text
FROM pages
WHERE file_id = %(file_id)s AND text IS NOT NULL
ORDER BY number;

-- name: words_of_file
SELECT number, words
FROM pages
WHERE file_id = %(file_id)s AND words IS NOT NULL
ORDER BY number;

-- name: search_pages
-- Each page is searched in its own language, so that word forms are found; the index is asked once
-- for each of them.
SELECT found.id, file_id, name AS file_name, number, found.rank,
       ts_headline(found.config, translate(left(text, 200000), '<>', chr(57344) || chr(57345)), found.query,
                   'MaxFragments=2, MaxWords=24, MinWords=8, FragmentDelimiter=" … ", StartSel=' || chr(2) || ', StopSel=' || chr(3)) AS marked
FROM (
    SELECT pages.id, file_id, number, text, files.name, config, query, ts_rank_cd(search, query, 33)::float8 AS rank
    FROM (
        SELECT language::regconfig AS config, language, websearch_to_tsquery(language::regconfig, %(query)s::text) AS query
        FROM unnest(ARRAY['simple', 'arabic', 'armenian', 'basque', 'catalan', 'danish', 'dutch', 'english', 'finnish', 'french',
                          'german', 'greek', 'hindi', 'hungarian', 'indonesian', 'irish', 'italian', 'lithuanian', 'nepali',
                          'norwegian', 'portuguese', 'romanian', 'russian', 'serbian', 'spanish', 'swedish', 'tamil', 'turkish',
                          'yiddish']) AS language
    ) AS asked
    JOIN pages ON search @@ query AND search_language = language
    JOIN files ON files.id = file_id
    WHERE tenant = %(tenant)s AND files.status <> 'deleted' AND (%(file_id)s::uuid IS NULL OR file_id = %(file_id)s::uuid)
) AS found
WHERE %(rank)s::float8 IS NULL OR (found.rank, found.id) < (%(rank)s::float8, %(after)s::uuid)
ORDER BY found.rank DESC, found.id DESC
LIMIT %(limit)s;

-- name: versions_of_page
-- The newest first; the present one is in the page itself.
SELECT pages.version, true AS current, text, provenance, model, prompt, prompt_tokens, completion_tokens, cost_usd, finished_at AS read_at
FROM pages
WHERE id = %(page_id)s AND text IS NOT NULL
UNION ALL
SELECT earlier.version, false, earlier.text, earlier.provenance, earlier.model, earlier.prompt, earlier.prompt_tokens,
       earlier.completion_tokens, earlier.cost_usd, earlier.read_at
FROM page_versions AS earlier
JOIN pages ON pages.id = page_id
WHERE page_id = %(page_id)s AND earlier.version <> pages.version
ORDER BY version DESC;

-- name: keep_versions
-- What is about to be replaced; one that was restored is kept already.
INSERT INTO page_versions (page_id, version, text, words, provenance, model, prompt, prompt_tokens, completion_tokens,
                           cost_usd, reading_at, read_at)
SELECT id, version, text, words, provenance, model, prompt, prompt_tokens, completion_tokens, cost_usd, reading_at, finished_at
FROM pages
WHERE file_id = %(file_id)s AND number = ANY (%(numbers)s::integer[]) AND text IS NOT NULL AND version > 0
ON CONFLICT (page_id, version) DO NOTHING;

-- name: restore_version
-- A page that failed when it was read again has a text by that; one that waits goes on waiting.
UPDATE pages
SET text = kept.text, words = kept.words, provenance = kept.provenance, model = kept.model, prompt = kept.prompt,
    prompt_tokens = kept.prompt_tokens, completion_tokens = kept.completion_tokens, cost_usd = kept.cost_usd,
    reading_at = kept.reading_at, version = kept.version,
    status = CASE WHEN status = 'failed' THEN 'read' ELSE status END,
    error_code = CASE WHEN status = 'failed' THEN NULL ELSE error_code END,
    error = CASE WHEN status = 'failed' THEN NULL ELSE error END
FROM page_versions AS kept
WHERE pages.id = %(page_id)s AND kept.page_id = pages.id AND kept.version = %(version)s
RETURNING pages.number;

-- name: settle_file
-- A file whose last failed page got a text after all.
UPDATE files
SET status = 'completed', error_code = NULL, error = NULL
WHERE id = %(file_id)s AND status IN ('incomplete', 'failed')
  AND NOT EXISTS (SELECT FROM pages WHERE file_id = %(file_id)s AND status <> 'read')
  AND EXISTS (SELECT FROM pages WHERE file_id = %(file_id)s);

-- name: lock_for_change
-- Whoever changes a file's pages locks its row first.
SELECT id, status, generation, name, size_bytes, sha256, tenant, page_count, uploaded_at IS NOT NULL AS has_bytes
FROM files
WHERE id = %(file_id)s AND (%(tenant)s::text IS NULL OR tenant = %(tenant)s)
FOR UPDATE;

-- name: cancel_pages
-- A page that was only to be read once more keeps the text it has.
UPDATE pages
SET status = CASE WHEN text IS NULL THEN 'failed' ELSE 'read' END, waiting_for = NULL,
    error_code = CASE WHEN text IS NULL THEN 'cancelled' END,
    error = CASE WHEN text IS NULL THEN 'cancelled before it was read' END, finished_at = now()
WHERE file_id = %(file_id)s AND status IN ('pending', 'rendered');

-- name: cancel_file
UPDATE files
SET status = 'cancelled', error_code = 'cancelled', error = 'somebody cancelled it', finished_at = now()
WHERE id = %(file_id)s AND status IN ('uploaded', 'reading');

-- name: finished_pages
SELECT number, status FROM pages WHERE file_id = %(file_id)s AND status IN ('failed', 'read') ORDER BY number;

-- name: begin_generation
UPDATE files
SET generation = generation + 1, status = CASE WHEN page_count IS NULL THEN 'uploaded' ELSE 'reading' END,
    error_code = NULL, error = NULL, begun_at = now(), finished_at = NULL, announced_again = 0, announced_again_at = now(),
    look_at = now() + make_interval(secs => %(sweep_after_s)s)
WHERE id = %(file_id)s AND status NOT IN ('announced', 'deleted')
RETURNING generation;

-- name: retry_pages
-- The chosen ones start anew: those that were read have an image already, and keep their text until
-- there is another. Those that wait anyway are carried into the new generation where they stand, as
-- results of the old one count no more.
UPDATE pages
SET generation = %(generation)s, refused_at = NULL, waiting_for = NULL, error_code = NULL, error = NULL,
    attempts = NULL, finished_at = NULL,
    status = CASE status WHEN 'failed' THEN 'pending' WHEN 'read' THEN 'rendered' ELSE status END,
    rendered_at = CASE WHEN status = 'failed' THEN NULL ELSE rendered_at END,
    wanted_prompt = CASE WHEN status IN ('failed', 'read') THEN coalesce(%(prompt)s, wanted_prompt) ELSE wanted_prompt END,
    wanted_model = CASE WHEN status IN ('failed', 'read') THEN coalesce(%(model)s, wanted_model) ELSE wanted_model END
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

-- name: note_upload_id
-- Of two that begin at once, one is first; the other's is of no use.
UPDATE files
SET upload_id = %(upload_id)s
WHERE id = %(file_id)s AND status = 'announced' AND upload_id IS NOT DISTINCT FROM %(instead_of)s
RETURNING id;

-- name: lock_creation
-- Whoever says the same key at the same time waits, and then finds what was made.
SELECT pg_advisory_xact_lock(hashtextextended(%(tenant)s || ' ' || %(key)s, 7025002)) IS NOT NULL AS held;

-- name: creation_by_key
SELECT fingerprint, file_ids
FROM creations
WHERE tenant = %(tenant)s AND key = %(key)s AND created_at > now() - interval '1 day';

-- name: forget_old_creations
DELETE FROM creations WHERE created_at <= now() - interval '1 day';

-- name: keep_creation
INSERT INTO creations (tenant, key, fingerprint, file_ids)
VALUES (%(tenant)s, %(key)s, %(fingerprint)s, %(file_ids)s);

-- name: use_token
-- When it was used is noted once a minute.
WITH noted AS (
    UPDATE tokens
    SET last_used_at = now()
    WHERE sha256 = %(sha256)s AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
)
SELECT id, tenant, scopes
FROM tokens
WHERE sha256 = %(sha256)s AND (expires_at IS NULL OR expires_at > now());

-- name: create_token
INSERT INTO tokens (name, tenant, scopes, sha256, expires_at)
VALUES (%(name)s, %(tenant)s, %(scopes)s, %(sha256)s, now() + make_interval(days => %(days)s))
RETURNING id, name, tenant, scopes, created_at, expires_at, last_used_at;

-- name: newest_tokens
SELECT id, name, tenant, scopes, created_at, expires_at, last_used_at
FROM tokens
ORDER BY id DESC;

-- name: revoke_token
DELETE FROM tokens WHERE id = %(id)s;

-- name: feed_head
-- Where whoever begins to watch now begins: whatever is not committed yet comes behind it.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xact, 0::bigint AS position;

-- name: feed_tail
-- The oldest row that is kept; those that the sink refused stay for ever and say nothing about it.
SELECT xact::text::bigint AS xact, position
FROM outbox
WHERE refusal IS NULL
ORDER BY outbox.xact, position
LIMIT 1;

-- name: feed_after
-- Up to the oldest transaction that still runs: what it may yet commit must not come too late.
SELECT outbox.xact::text::bigint AS xact, position, outbox.id, type, source, files.id AS file_id, tenant,
       data::text AS data, outbox.created_at
FROM outbox
JOIN files ON files.id = CASE WHEN subject ~ '^[0-9a-f-]{36}$' THEN subject::uuid END
WHERE (outbox.xact, position) > (%(xact)s::text::xid8, %(position)s)
  AND outbox.xact < pg_snapshot_xmin(pg_current_snapshot())
  AND (%(until_xact)s::text IS NULL OR (outbox.xact, position) <= (%(until_xact)s::text::xid8, %(until_position)s))
  AND (%(file_id)s::text IS NULL OR subject = %(file_id)s::text)
  AND (%(tenant)s::text IS NULL OR tenant = %(tenant)s::text)
  AND type <> 'lector.notification.requested'  -- of no interest to whoever watches files
ORDER BY outbox.xact, position
LIMIT %(limit)s;

-- name: webhooks
SELECT id, url, types, created_at, failing_since, disabled_at, disabled_reason
FROM webhooks
WHERE tenant = %(tenant)s
ORDER BY id;

-- name: create_webhook
INSERT INTO webhooks (tenant, url, secret, types)
VALUES (%(tenant)s, %(url)s, %(secret)s, %(types)s)
RETURNING id, url, types, created_at, failing_since, disabled_at, disabled_reason;

-- name: delete_webhook
DELETE FROM webhooks WHERE id = %(id)s AND tenant = %(tenant)s;

-- name: enable_webhook
UPDATE webhooks
SET failing_since = NULL, disabled_at = NULL, disabled_reason = NULL
WHERE id = %(id)s AND tenant = %(tenant)s;

-- name: notifications
-- Those to Telegram belong to no tenant.
SELECT event_id, type, sent_at, took_s, delivered, outcome
FROM notifications
WHERE destination = %(destination)s AND tenant IN (%(tenant)s, '')
ORDER BY id DESC
LIMIT %(limit)s;
