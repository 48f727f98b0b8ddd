-- name: page_to_read
-- No row: the page is read, failed, deleted, or belongs to another generation by now.
SELECT image_sha256, versions > tries AS was_read, wanted_prompt, wanted_model, wanted_describe, language, tenant,
       layer_sha256, layer_verdict, text_unsought, wanted_text_layer, image_width_px, image_height_px, pages.reader, fell_back,
       coalesce(wanted_verify, verify) AS wanted_verify, coalesce(wanted_on_doubt, on_doubt) AS wanted_on_doubt,
       tries, escalated, CASE WHEN tries > 0 THEN verification END AS best_verification,
       CASE WHEN tries > 0 THEN doubts END AS best_doubts, drawing_doubts, lower('Ä') <> 'ä' AS ascii_only,
       max_cost_usd IS NOT NULL OR max_cost_usd_per_day IS NOT NULL AS has_ceiling
FROM pages
JOIN files ON files.id = file_id
LEFT JOIN token_limits USING (token_id)
WHERE pages.id = %(page_id)s AND pages.generation = %(generation)s AND pages.status = 'rendered';

-- name: pages_to_extract
-- Those whose text is taken from what they carry, and that still wait for it.
SELECT number, layer_sha256, layer_verdict, layer_reason, language, lower('Ä') <> 'ä' AS ascii_only
FROM pages
JOIN files ON files.id = file_id
WHERE file_id = %(file_id)s AND pages.generation = %(generation)s AND pages.status = 'rendered' AND from_layer
  AND number = ANY (%(numbers)s::integer[])
ORDER BY number;

-- name: store_layers
-- All pages of a delivery in one statement; a repetition returns no rows.
UPDATE pages
SET status = 'read', waiting_for = NULL, waiting_code = NULL, waiting_since = NULL, text = layer.text, provenance = 'text_layer',
    model = NULL, prompt = NULL, prompt_tokens = NULL, completion_tokens = NULL, cost_usd = 0, attempts = NULL,
    words = NULL, places = layer.places, verification = NULL, read_with = %(read_with)s::text::jsonb, turned_degrees = 0, confidence = NULL,
    doubts = drawing_doubts || layer.doubts::jsonb, search_language = coalesce(layer.language, search_language),
    version = versions + 1, versions = versions + 1, reading_at = now(), finished_at = now()
FROM unnest(%(numbers)s::integer[], %(texts)s::text[], %(places)s::bytea[], %(doubt_sets)s::text[], %(search_languages)s::text[])
    AS layer (number, text, places, doubts, language)
WHERE file_id = %(file_id)s AND pages.number = layer.number AND generation = %(generation)s
  AND status = 'rendered' AND from_layer
RETURNING pages.number, pages.doubts;

-- name: read_instead
-- What the page carries is gone, or is not what it was: its image is read.
UPDATE pages
SET from_layer = false, layer_sha256 = NULL, layer_verdict = NULL, layer_reason = NULL
WHERE file_id = %(file_id)s AND number = ANY (%(numbers)s::integer[]) AND generation = %(generation)s
  AND status = 'rendered' AND from_layer
RETURNING number, image_key, image_sha256, image_width_px, image_height_px, reader, tries;

-- name: seek_text
-- Nobody has looked for what the page carries, which would be its text now: it is drawn anew.
UPDATE pages
SET status = 'pending', text_unsought = false
WHERE id = %(page_id)s AND generation = %(generation)s AND status = 'rendered' AND text_unsought
RETURNING number;

-- name: fall_back
-- Once: the fallback has none in its turn. What its reader has failed at is no failure of it.
UPDATE pages
SET reader = %(reader)s, fell_back = true, failures = 0, failing_since = NULL, failed_at = NULL, failing_lane = NULL,
    waiting_for = NULL, waiting_code = NULL, waiting_since = NULL, refused_at = NULL
WHERE id = %(page_id)s AND generation = %(generation)s AND status = 'rendered' AND NOT fell_back
RETURNING number, image_key, image_sha256, image_width_px, image_height_px, reader, tries;

-- name: keep_answer
-- An answer of several, as a version with what it took itself. The page's own row counts it with
-- the next statement.
INSERT INTO page_versions (page_id, version, text, places, verification, provenance, model, prompt, prompt_tokens,
                           completion_tokens, cost_usd, reading_at, read_at, doubts, turned_degrees, confidence, read_with)
SELECT id, versions + 1, %(text)s, %(places)s, %(verification)s::text::jsonb, %(provenance)s, %(model)s, wanted_prompt, %(prompt_tokens)s,
       %(completion_tokens)s, %(cost_usd)s, now() - make_interval(secs => %(read_s)s), now(),
       drawing_doubts || %(doubts)s::text::jsonb, %(turned_degrees)s, %(confidence)s, %(read_with)s::text::jsonb
FROM pages
WHERE id = %(page_id)s AND generation = %(generation)s AND status = 'rendered' AND tries = %(tries)s
ON CONFLICT (page_id, version) DO NOTHING;

-- name: show_answer
-- Of several answers, the one that was just kept is the best so far.
UPDATE pages
SET text = %(text)s, words = NULL, places = %(places)s, verification = %(verification)s::text::jsonb, provenance = %(provenance)s,
    model = %(model)s, prompt = wanted_prompt, doubts = drawing_doubts || %(doubts)s::text::jsonb, turned_degrees = %(turned_degrees)s,
    confidence = %(confidence)s, read_with = %(read_with)s::text::jsonb, version = versions + 1,
    search_language = coalesce(%(search_language)s, search_language)
WHERE id = %(page_id)s AND generation = %(generation)s AND status = 'rendered' AND tries = %(tries)s;

-- name: count_try
-- Once for each try. What all of them took is added up.
UPDATE pages
SET versions = versions + %(kept)s::integer, tries = tries + 1, reader = %(reader)s, escalated = %(escalated)s,
    prompt_tokens = CASE WHEN tries > 0 THEN prompt_tokens + %(prompt_tokens)s ELSE %(prompt_tokens)s END,
    completion_tokens = CASE WHEN tries > 0 THEN completion_tokens + %(completion_tokens)s ELSE %(completion_tokens)s END,
    cost_usd = CASE WHEN tries > 0 THEN cost_usd + %(cost_usd)s ELSE %(cost_usd)s END,
    attempts = coalesce(CASE WHEN tries > 0 THEN attempts END, 0) + coalesce(%(attempts)s::integer, 0),
    reading_at = CASE WHEN tries > 0 THEN reading_at ELSE now() - make_interval(secs => %(read_s)s) END,
    failures = 0, failing_since = NULL, failed_at = NULL, failing_lane = NULL,
    waiting_for = NULL, waiting_code = NULL, waiting_since = NULL, refused_at = NULL
WHERE id = %(page_id)s AND generation = %(generation)s AND status = 'rendered' AND tries = %(tries)s
RETURNING number, image_key, image_sha256, image_width_px, image_height_px, reader, tries;

-- name: page_to_verify
-- No row: nobody wants it any more, or it is being read once more.
SELECT version, text, places, words, verification, provenance, model, turned_degrees, layer_sha256, layer_verdict, describe, language
FROM page_to_verify(%(page_id)s, %(generation)s);

-- name: store_verification
-- Only of the very text that was looked at, whichever generation read it. What others have against
-- it stays.
UPDATE pages
SET verification_wanted = false, places = %(places)s, words = NULL,
    verification = %(verification)s::text::jsonb, turned_degrees = %(turned_degrees)s,
    doubts = (doubts - %(codes)s::text[]) || %(doubts)s::text::jsonb
WHERE id = %(page_id)s AND status = 'read' AND version = %(version)s AND verification_wanted
RETURNING doubts;

-- name: verify_version
-- The same in what is kept of this version, if anything is.
UPDATE page_versions
SET places = %(places)s, verification = %(verification)s::text::jsonb, doubts = %(doubts)s::text::jsonb
WHERE page_id = %(page_id)s AND version = %(version)s;

-- name: forget_wish_to_verify
UPDATE pages SET verification_wanted = false WHERE id = %(page_id)s AND version = %(version)s;

-- name: kept_reading
-- It costs nothing to take it from here. What its reader has doubts of is not kept.
SELECT text, model, prompt_tokens, completion_tokens, 0::float8 AS cost_usd, words, turned_degrees, confidence, '{}'::jsonb AS doubts, false AS blank,
       places, verification
FROM readings
WHERE key = %(key)s AND created_at > now() - make_interval(days => %(days)s);

-- name: kept_piece
-- What was paid in an earlier delivery of this very image is part of what it takes; a piece of
-- another page, such as the same letterhead, costs nothing.
SELECT text, model, words, turned_degrees, confidence, '{}'::jsonb AS doubts, false AS blank,
       CASE WHEN image_sha256 = %(image_sha256)s THEN prompt_tokens ELSE 0 END AS prompt_tokens,
       CASE WHEN image_sha256 = %(image_sha256)s THEN completion_tokens ELSE 0 END AS completion_tokens,
       CASE WHEN image_sha256 = %(image_sha256)s THEN cost_usd ELSE 0 END AS cost_usd,
       CASE WHEN image_sha256 = %(image_sha256)s THEN attempts ELSE 0 END AS attempts
FROM readings
WHERE key = %(key)s AND created_at > now() - make_interval(days => %(days)s);

-- name: keep_reading
-- Also when the page was cancelled or retried meanwhile, as the answer is paid for; but nothing is
-- kept of a file that was deleted, and the lock makes a deletion wait, which then finds it. The file is
-- locked in any case. A few stale answers go on the way: no page waits for a clean-up. They are in an array,
-- because a subquery may be run for each row, and then skips those that it has locked before: LIMIT would
-- hold for each run.
WITH locked AS (
    SELECT status FROM files WHERE id = %(file_id)s FOR UPDATE
), dropped AS (
    DELETE FROM readings
    WHERE key = ANY (ARRAY (
        SELECT key FROM readings
        WHERE created_at <= now() - make_interval(days => %(days)s) AND key <> %(key)s
        ORDER BY created_at
        LIMIT 10
        FOR UPDATE SKIP LOCKED
    ))
)
INSERT INTO readings (key, image_sha256, text, model, prompt_tokens, completion_tokens, cost_usd, attempts, words,
                      turned_degrees, confidence, places, verification)
SELECT %(key)s, %(image_sha256)s, %(text)s, %(model)s, %(prompt_tokens)s, %(completion_tokens)s, %(cost_usd)s, %(attempts)s,
       %(words)s::text::jsonb, %(turned_degrees)s, %(confidence)s, %(places)s, %(verification)s::text::jsonb
FROM locked
WHERE status <> 'deleted'
ON CONFLICT (key) DO UPDATE
SET image_sha256 = excluded.image_sha256, text = excluded.text, model = excluded.model, prompt_tokens = excluded.prompt_tokens,
    completion_tokens = excluded.completion_tokens, cost_usd = excluded.cost_usd, attempts = excluded.attempts,
    words = excluded.words, turned_degrees = excluded.turned_degrees, confidence = excluded.confidence,
    places = excluded.places, verification = excluded.verification, created_at = now();

-- name: note_wait
-- Written when it changes, and once a minute: a page may be "not now" many times for one reason.
UPDATE pages
SET waiting_for = %(reason)s, refused_at = now(), waiting_code = %(code)s,
    waiting_since = CASE WHEN waiting_code = %(code)s THEN waiting_since ELSE now() END
WHERE id = %(page_id)s AND generation = %(generation)s AND status = 'rendered'
  AND (waiting_for IS DISTINCT FROM %(reason)s OR refused_at < now() - interval '1 minute');

-- name: note_failure
-- How often the page has failed by now, as far as that counts against it. Others that began to fail
-- after the lane's last success say that the lane is away.
UPDATE pages
SET failures = failures + CASE WHEN %(always)s OR lane.answered_at > failed_at OR fewer.so THEN 1 ELSE 0 END,
    failing_since = coalesce(failing_since, now()), failed_at = now(), failing_lane = %(lane)s,
    waiting_for = %(reason)s, refused_at = now(), waiting_code = %(code)s,
    waiting_since = CASE WHEN waiting_code = %(code)s THEN waiting_since ELSE now() END
FROM (SELECT max(answered_at) AS answered_at FROM lanes WHERE lane = %(lane)s) AS lane
CROSS JOIN LATERAL (
    SELECT count(*) < %(several)s::integer - 1 AS so
    FROM (
        SELECT FROM pages
        WHERE failing_lane = %(lane)s AND status = 'rendered' AND id <> %(page_id)s
          AND failing_since > coalesce(lane.answered_at, '-infinity')
        LIMIT %(several)s
    ) AS others
) AS fewer
WHERE id = %(page_id)s AND generation = %(generation)s AND status = 'rendered'
RETURNING failures;

-- name: note_answer
-- Pages of all files meet at this row, so it is locked and written once a second, and after a failure.
INSERT INTO lanes (lane, model, answered_at)
SELECT %(lane)s, %(model)s, now()
WHERE NOT EXISTS (
    SELECT FROM lanes
    WHERE lane = %(lane)s AND model = %(model)s AND failing_since IS NULL AND answered_at > now() - interval '1 second'
)
ON CONFLICT (lane, model) DO UPDATE SET answered_at = now(), failing_since = NULL, failed_at = NULL;

-- name: note_outage
-- What failed last long ago began to fail now.
INSERT INTO lanes (lane, model, failing_since, failed_at) VALUES (%(lane)s, %(model)s, now(), now())
ON CONFLICT (lane, model) DO UPDATE
SET failing_since = CASE WHEN lanes.failed_at > now() - interval '10 minutes' THEN lanes.failing_since ELSE now() END,
    failed_at = now()
WHERE lanes.failing_since IS NULL OR lanes.failed_at < now() - interval '1 second';

-- name: never_answered
SELECT answered_at IS NULL AND failing_since <= now() - make_interval(secs => %(after_s)s) AS so
FROM lanes
WHERE lane = %(lane)s AND model = %(model)s;

-- name: drop_old_lanes
DELETE FROM lanes WHERE greatest(answered_at, failed_at) < now() - interval '1 year';

-- name: store_text
-- Only a page that waits for its text takes one, of the file's current generation, whose row is locked;
-- that is announced, and what it cost is settled. A repetition does none of it. With it goes whether the
-- lane's last answer is so fresh that `note_answer` would change nothing.
WITH stored AS (
    UPDATE pages
    SET status = 'read', waiting_for = NULL, waiting_code = NULL, waiting_since = NULL, text = %(text)s, provenance = %(provenance)s, model = %(model)s,
        prompt = wanted_prompt, prompt_tokens = %(prompt_tokens)s, completion_tokens = %(completion_tokens)s,
        cost_usd = %(cost_usd)s, words = NULL, places = %(places)s, verification = %(verification)s::text::jsonb,
        turned_degrees = %(turned_degrees)s, confidence = %(confidence)s,
        attempts = %(attempts)s, read_with = %(read_with)s::text::jsonb,
        doubts = drawing_doubts || %(doubts)s::text::jsonb, search_language = coalesce(%(search_language)s, search_language),
        version = versions + 1, versions = versions + 1,
        reading_at = now() - make_interval(secs => %(read_s)s), finished_at = now()
    WHERE id = %(page_id)s AND generation = %(generation)s AND status = 'rendered'
      AND EXISTS (SELECT FROM files WHERE files.id = file_id AND files.generation = %(generation)s)
    RETURNING id
), announced AS (
    INSERT INTO outbox (id, type, source, subject, data, traceparent, tracestate)
    SELECT %(event_id)s::uuid, %(event_type)s, %(event_source)s, %(event_subject)s, %(event_data)s::text::jsonb, %(traceparent)s, %(tracestate)s
    FROM stored
    ON CONFLICT (id) DO NOTHING
)
SELECT EXISTS (SELECT FROM stored) AS is_stored,
       (SELECT true FROM stored, settle_reservation(stored.id, %(file_id)s, %(delivery)s, %(spent_usd)s) WHERE %(is_open)s::boolean) AS is_settled,
       EXISTS (
           SELECT FROM lanes
           WHERE lane = %(lane)s AND lanes.model = %(lane_model)s AND failing_since IS NULL AND answered_at > now() - interval '1 second'
       ) AS lane_is_fresh;

-- name: reserve
-- A row: the ceiling under which there is no room. Then all of it is rolled back. Whoever reserves for
-- the same file, token or Lector waits, as the rows are locked, always in the same order. What another
-- delivery of the page had reserved is given back; of a day that is over it does not matter any more.
WITH of_day AS (
    SELECT (now() AT TIME ZONE 'utc')::date AS day
), made AS (
    INSERT INTO reservations (page_id, file_id, delivery, day, usd)
    SELECT %(page_id)s, %(file_id)s, %(delivery)s, day, %(usd)s::float8 FROM of_day
    ON CONFLICT (page_id) DO UPDATE SET delivery = excluded.delivery, day = excluded.day, usd = excluded.usd, made_at = now()
    RETURNING usd, old.usd AS former_usd, old.day AS former_day
), scopes AS (
    SELECT 'file ' || id AS scope, date '-infinity' AS day FROM files WHERE id = %(file_id)s
    UNION ALL
    SELECT 'token ' || token_id, of_day.day FROM files, of_day WHERE id = %(file_id)s AND token_id IS NOT NULL
    UNION ALL
    SELECT 'tenant ' || tenant, of_day.day FROM files, of_day WHERE id = %(file_id)s
    UNION ALL
    SELECT 'lector', day FROM of_day
), reserved AS (
    INSERT INTO budgets AS budget (scope, day, reserved_usd)
    SELECT scope, scopes.day,
           usd - CASE WHEN scopes.day IN (date '-infinity', former_day) THEN coalesce(former_usd, 0) ELSE 0 END
    FROM scopes, made
    ORDER BY scope
    ON CONFLICT (scope, day) DO UPDATE SET reserved_usd = budget.reserved_usd + excluded.reserved_usd
    RETURNING scope, spent_usd, reserved_usd
)
SELECT scope, ceiling_usd
FROM reserved
CROSS JOIN LATERAL (
    SELECT CASE split_part(scope, ' ', 1)
        WHEN 'file' THEN (SELECT max_cost_usd FROM files WHERE id = %(file_id)s)
        WHEN 'token' THEN (SELECT max_cost_usd_per_day FROM files JOIN token_limits USING (token_id) WHERE id = %(file_id)s)
        WHEN 'lector' THEN %(max_cost_usd_per_day)s::float8
    END AS ceiling_usd
) AS ceilings
WHERE spent_usd + reserved_usd > ceiling_usd::numeric
ORDER BY scope
LIMIT 1;

-- name: settle
SELECT true AS settled FROM settle_reservation(%(page_id)s, %(file_id)s, %(delivery)s, %(spent_usd)s);

-- name: wait_for_money
-- Out of flight: it is announced anew when there is money.
UPDATE pages
SET announced_at = NULL, waiting_for = %(detail)s, waiting_code = %(code)s, waiting_since = now(), refused_at = NULL,
    needs_usd = %(needs_usd)s
WHERE id = %(page_id)s AND generation = %(generation)s AND status = 'rendered';

-- name: look_soon
UPDATE files SET look_at = least(look_at, now() + make_interval(secs => %(after_s)s)) WHERE id = %(file_id)s AND status = 'reading';
