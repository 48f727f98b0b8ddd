-- name: create_files
-- Any number of them: ids are UUIDv7, made in the order of the request, in which they are returned. When
-- the bytes of one do not come, the sweep looks at it and lets it go.
WITH made AS (
    INSERT INTO files (tenant, name, folder, size_bytes, sha256, page_selection, prompt, model, language, text_layer, describe,
                       verify, on_doubt, reader, reader_warning, max_cost_usd, reading_sha256, token_id, traceparent, look_at,
                       keep_days, delete_at)
    SELECT %(tenant)s, name, folder, size_bytes, sha256, page_selection, prompt, model, language, text_layer, describe,
           verify, on_doubt, reader, reader_warning, max_cost_usd, reading_sha256, %(token_id)s::uuid, traceparent, now() + make_interval(secs => %(keep_s)s),
           keep_days, now() + make_interval(days => keep_days)
    FROM unnest(
        %(names)s::text[], %(folders)s::text[], %(sizes)s::bigint[], %(sha256s)s::text[], %(pages)s::text[], %(prompts)s::text[], %(models)s::text[],
        %(languages)s::text[], %(text_layers)s::text[], %(describes)s::boolean[], %(verifies)s::text[], %(on_doubts)s::text[],
        %(readers)s::text[], %(reader_warnings)s::text[], %(ceilings)s::float8[], %(readings)s::text[], %(traceparents)s::text[],
        %(kept_days)s::integer[]
    ) WITH ORDINALITY AS one (name, folder, size_bytes, sha256, page_selection, prompt, model, language, text_layer, describe, verify,
                              on_doubt, reader, reader_warning, max_cost_usd, reading_sha256, traceparent, keep_days, place)
    ORDER BY place
    RETURNING id
)
SELECT id FROM made ORDER BY id;

-- name: lock_same_readings
-- Two who ask for the same at once are answered one after the other, so that one file is made.
SELECT now() AS asked_at FROM (SELECT pg_advisory_xact_lock(hashtextextended(%(tenant)s, 7025004))) AS held;

-- name: same_readings
-- Of each, the file with the same bytes that is read alike: rather one that is done, then one that is
-- being read or awaited. What failed, was cancelled or deleted is none, nor one with pages that failed.
-- Under another ceiling in money only one that is done, as the others may wait for money for ever.
-- One that is kept for as many days as is wanted, and whose days are not over: they begin anew (keep_longer),
-- so none goes sooner than was said to anybody.
SELECT wanted.place, file.id
FROM unnest(%(sha256s)s::text[], %(readings)s::text[], %(sizes)s::bigint[], %(ceilings)s::float8[], %(kept_days)s::integer[])
    WITH ORDINALITY AS wanted (sha256, reading_sha256, size_bytes, max_cost_usd, keep_days, place)
CROSS JOIN LATERAL (
    SELECT id
    FROM files
    WHERE tenant = %(tenant)s AND files.sha256 = wanted.sha256 AND files.reading_sha256 = wanted.reading_sha256
      AND files.size_bytes = wanted.size_bytes AND status IN ('announced', 'uploaded', 'reading', 'completed')
      AND (status = 'completed' OR files.max_cost_usd IS NOT DISTINCT FROM wanted.max_cost_usd)
      AND files.keep_days IS NOT DISTINCT FROM wanted.keep_days AND (delete_at IS NULL OR delete_at > now())
    ORDER BY status <> 'completed', status = 'announced', id DESC
    LIMIT 1
) AS file;

-- name: keep_longer
-- The days of those that are kept for some, and the time in which bytes may come, begin anew. In the order
-- of their ids, as those who confirm them lock them.
WITH held AS MATERIALIZED (
    SELECT id, CASE WHEN status = 'announced' THEN now() + make_interval(secs => %(keep_s)s) ELSE look_at END AS look_at
    FROM files
    WHERE id = ANY (%(ids)s::uuid[]) AND (status = 'announced' OR delete_at IS NOT NULL AND status <> 'deleted')
    ORDER BY id
    FOR UPDATE
)
UPDATE files
SET look_at = held.look_at, delete_at = now() + make_interval(days => keep_days)
FROM held
WHERE files.id = held.id
RETURNING files.id;

-- name: file_to_estimate
-- Pages whose text is what they carry, or that are blank, cost nothing; of those that are not drawn yet
-- that is not known.
SELECT files.reader, files.model, files.prompt, files.describe, count(pages.id) AS pages,
       count(*) FILTER (WHERE provenance IN ('text_layer', 'blank') OR pages.status = 'rendered' AND from_layer) AS free,
       count(*) FILTER (WHERE pages.status = 'pending') AS unknown
FROM files
LEFT JOIN pages ON file_id = files.id
WHERE files.id = %(file_id)s AND tenant = %(tenant)s AND files.status <> 'deleted'
GROUP BY files.id;

-- name: recent_pace
-- Seconds that a reader took for a page of late, from the first page that it was asked for to the last that
-- it gave, so that pages read beside each other count once. Of the newest files, their first pages: a look
-- at a bounded number of rows. Files that were begun again hold the time between; they say nothing.
SELECT sum(took_s) / sum(read) AS seconds
FROM (SELECT id, generation FROM files WHERE tenant = %(tenant)s AND status <> 'deleted' ORDER BY id DESC LIMIT 30) AS newest
CROSS JOIN LATERAL (
    SELECT count(*) AS read, extract(epoch FROM max(finished_at) - min(reading_at))::float8 AS took_s
    FROM (SELECT * FROM pages WHERE file_id = newest.id ORDER BY number LIMIT 200) AS first_ones
    WHERE status = 'read' AND provenance = 'model' AND read_with ->> 'reader' = %(reader)s AND reading_at IS NOT NULL
) AS pages_read
WHERE generation = 1 AND read > 0;

-- name: lock_storage
-- Two that announce files of a tenant with limits at once are counted one after the other.
SELECT pg_advisory_xact_lock(hashtextextended(%(tenant)s, 7025003)) IS NOT NULL AS held;

-- name: used_so_far
-- Bytes of files as they were announced, and the pages of files that were opened today (UTC).
SELECT
    coalesce((SELECT sum(size_bytes) FROM files WHERE tenant = %(tenant)s AND status <> 'deleted'), 0)::bigint AS tenant_bytes,
    coalesce((SELECT sum(size_bytes) FROM files
              WHERE tenant = %(tenant)s AND token_id = %(token_id)s::uuid AND status <> 'deleted'), 0)::bigint AS token_bytes,
    coalesce((SELECT pages FROM budgets WHERE scope = 'tenant ' || %(tenant)s AND day = utc.now::date), 0) AS tenant_pages,
    coalesce((SELECT pages FROM budgets WHERE scope = 'token ' || %(token_id)s::uuid AND day = utc.now::date), 0) AS token_pages,
    ceil(extract(epoch FROM date_trunc('day', utc.now) + interval '1 day' - utc.now))::integer AS until_tomorrow_s
FROM (SELECT now() AT TIME ZONE 'utc' AS now) AS utc;

-- name: idle
-- Whether nothing was announced before one file, and those with it, and nothing read for a while. Two
-- steps in an index: ids are UUIDv7 and sort by age.
SELECT
    coalesce(
        (
            SELECT created_at <= now() - make_interval(secs => %(idle_s)s)
            FROM files
            WHERE %(announced)s::uuid IS NULL OR id < %(announced)s::uuid
            ORDER BY id DESC
            LIMIT 1
        ),
        true
    )
    AND NOT EXISTS (
        SELECT FROM pages WHERE finished_at > now() - make_interval(secs => %(idle_s)s)
    ) AS idle;

-- name: confirm_files
-- Each is confirmed once, however often it is said: a repetition returns no row. They are locked in the
-- order of their ids, so that two who confirm the same ones do not wait for each other.
WITH awaited AS MATERIALIZED (
    SELECT id FROM files WHERE id = ANY (%(ids)s::uuid[]) AND status = 'announced' ORDER BY id FOR UPDATE
)
UPDATE files
SET status = 'uploaded', media_type = found.media_type, uploaded_at = now(), begun_at = now(), upload_id = NULL,
    look_at = now() + make_interval(secs => %(sweep_after_s)s)
FROM awaited JOIN unnest(%(ids)s::uuid[], %(media_types)s::text[]) AS found (id, media_type) USING (id)
WHERE files.id = awaited.id
RETURNING files.id;

-- name: refuse_files
-- Their bytes came, and are nothing that Lector reads; they are not kept.
WITH awaited AS MATERIALIZED (
    SELECT id FROM files WHERE id = ANY (%(ids)s::uuid[]) AND status = 'announced' ORDER BY id FOR UPDATE
)
UPDATE files
SET status = 'failed', error_code = %(code)s, error = found.detail, upload_id = NULL, finished_at = now()
FROM awaited JOIN unnest(%(ids)s::uuid[], %(details)s::text[]) AS found (id, detail) USING (id)
WHERE files.id = awaited.id
RETURNING files.id;

-- name: files_by_id
-- A sum is known only if every page's figure is. Files ahead are counted for one of which nothing has
-- been read and that waits for nothing else, and no further than is of use; once for all who are in line.
WITH in_line AS MATERIALIZED (
    SELECT first.id, row_number() OVER (PARTITION BY tenant ORDER BY first.id) - 1 AS ahead
    FROM (SELECT DISTINCT tenant FROM files WHERE id = ANY (%(ids)s::uuid[]) AND status IN ('uploaded', 'reading')) AS asked
    CROSS JOIN LATERAL (
        SELECT id FROM files WHERE files.tenant = asked.tenant AND status IN ('uploaded', 'reading') ORDER BY id LIMIT 1000
    ) AS first
)
SELECT files.id, name, folder, size_bytes, sha256, page_selection, prompt, model, language, text_layer, describe, verify, on_doubt, reader, media_type, upload_id, status, generation,
       max_cost_usd, (SELECT spent_usd::float8 FROM budgets WHERE scope = 'file ' || files.id AND day = '-infinity') AS spent_usd, page_count, nullif(concat_ws('; ', reader_warning, warning), '') AS warning, error_code, error, created_at, uploaded_at, begun_at, opened_at, finished_at, delete_at, tenant, traceparent, progress.*,
       CASE WHEN status IN ('uploaded', 'reading') AND pages_read + pages_failed = 0 AND waiting_for IS NULL
            THEN coalesce(ahead, 1000) ELSE 0 END AS files_ahead
FROM files
LEFT JOIN in_line ON in_line.id = files.id
CROSS JOIN LATERAL (
    SELECT
        count(*) AS pages_total,
        count(*) FILTER (WHERE status = 'pending') AS pages_pending,
        count(*) FILTER (WHERE rendered_at IS NOT NULL) AS pages_rendered,
        count(*) FILTER (WHERE status = 'read') AS pages_read,
        count(*) FILTER (WHERE status = 'failed') AS pages_failed,
        count(*) FILTER (WHERE text IS NOT NULL AND doubts <> '{}') AS pages_doubted,
        count(*) FILTER (WHERE text IS NOT NULL AND provenance = 'person') AS pages_corrected,
        (array_agg(waiting_for ORDER BY waiting_since) FILTER (WHERE waiting_for IS NOT NULL))[1] AS waiting_for,
        (array_agg(waiting_code ORDER BY waiting_since) FILTER (WHERE waiting_for IS NOT NULL))[1] AS waiting_code,
        min(coalesce(waiting_since, refused_at)) FILTER (WHERE waiting_for IS NOT NULL) AS waiting_since,
        sum(prompt_tokens) AS prompt_tokens,
        sum(completion_tokens) AS completion_tokens,
        CASE WHEN bool_and(cost_usd IS NOT NULL) FILTER (WHERE text IS NOT NULL) THEN sum(cost_usd) END AS cost_usd
    FROM pages
    WHERE pages.file_id = files.id
) AS progress
WHERE files.id = ANY (%(ids)s::uuid[]) AND (%(tenant)s::text IS NULL OR tenant = %(tenant)s) AND status <> 'deleted';

-- name: newest_files
-- Put together from one list for each state, with or without pages to look at, in steps of an index:
-- ids are UUIDv7 and sort by age, so a page of the list begins where the last one ended. NULLS LAST (there
-- are none) names the index.
SELECT file.id, '' AS key
FROM unnest(%(statuses)s::text[], %(doubted)s::boolean[]) AS listed (status, doubted)
CROSS JOIN LATERAL (
    SELECT id
    FROM files
    WHERE tenant = %(tenant)s AND files.status = listed.status AND files.doubted = listed.doubted
      AND (%(id)s::uuid IS NULL OR id < %(id)s::uuid)
      AND id BETWEEN %(first_id)s::uuid AND %(last_id)s::uuid
      AND (%(name)s::text IS NULL OR name ILIKE %(name)s::text)
      AND (%(folder)s::text IS NULL OR folder = %(folder)s::text OR folder ^@ (%(folder)s::text || '/'))
    ORDER BY id DESC NULLS LAST
    LIMIT %(limit)s
) AS file
ORDER BY file.id DESC
LIMIT %(limit)s;

-- name: oldest_files
SELECT file.id, '' AS key
FROM unnest(%(statuses)s::text[], %(doubted)s::boolean[]) AS listed (status, doubted)
CROSS JOIN LATERAL (
    SELECT id
    FROM files
    WHERE tenant = %(tenant)s AND files.status = listed.status AND files.doubted = listed.doubted
      AND (%(id)s::uuid IS NULL OR id > %(id)s::uuid)
      AND id BETWEEN %(first_id)s::uuid AND %(last_id)s::uuid
      AND (%(name)s::text IS NULL OR name ILIKE %(name)s::text)
      AND (%(folder)s::text IS NULL OR folder = %(folder)s::text OR folder ^@ (%(folder)s::text || '/'))
    ORDER BY id NULLS FIRST
    LIMIT %(limit)s
) AS file
ORDER BY file.id
LIMIT %(limit)s;

-- name: files_by_name
SELECT file.id, file.key AS key
FROM unnest(%(statuses)s::text[], %(doubted)s::boolean[]) AS listed (status, doubted)
CROSS JOIN LATERAL (
    SELECT id, lower(name) AS key
    FROM files
    WHERE tenant = %(tenant)s AND files.status = listed.status AND files.doubted = listed.doubted
      AND (%(id)s::uuid IS NULL OR (lower(name), id) > (%(key)s::text, %(id)s::uuid))
      AND id BETWEEN %(first_id)s::uuid AND %(last_id)s::uuid
      AND (%(name)s::text IS NULL OR name ILIKE %(name)s::text)
      AND (%(folder)s::text IS NULL OR folder = %(folder)s::text OR folder ^@ (%(folder)s::text || '/'))
    ORDER BY lower(name), id
    LIMIT %(limit)s
) AS file
ORDER BY file.key, file.id
LIMIT %(limit)s;

-- name: largest_files
SELECT file.id, file.size_bytes::text AS key
FROM unnest(%(statuses)s::text[], %(doubted)s::boolean[]) AS listed (status, doubted)
CROSS JOIN LATERAL (
    SELECT id, size_bytes
    FROM files
    WHERE tenant = %(tenant)s AND files.status = listed.status AND files.doubted = listed.doubted
      AND (%(id)s::uuid IS NULL OR (size_bytes, id) < (%(key)s::text::bigint, %(id)s::uuid))
      AND id BETWEEN %(first_id)s::uuid AND %(last_id)s::uuid
      AND (%(name)s::text IS NULL OR name ILIKE %(name)s::text)
      AND (%(folder)s::text IS NULL OR folder = %(folder)s::text OR folder ^@ (%(folder)s::text || '/'))
    ORDER BY size_bytes DESC, id DESC
    LIMIT %(limit)s
) AS file
ORDER BY file.size_bytes DESC, file.id DESC
LIMIT %(limit)s;

-- name: are_few_named
-- Whether one file of a hundred, or fewer, has a name like this, as far as PostgreSQL can guess.
SELECT matches * 100 <= files AS so FROM estimate_names(%(name)s);

-- name: follow_index
-- For its transaction: files are not looked at one after the other, nor all of a state sorted, to find
-- those with a name or in a folder, as PostgreSQL would where it takes what follows in an index to lie far apart.
SELECT set_config('enable_seqscan', 'off', true) || set_config('enable_bitmapscan', 'off', true) AS bounds;

-- name: are_few_in_folder
-- Whether so few files are in a folder, and in those below it, that they are soon sorted, as far as PostgreSQL
-- can guess; or less than a tenth of all: they came together, so a list may be followed for long before one comes.
SELECT matches <= %(most)s OR matches * 10 <= files AS so FROM estimate_folder(%(folder)s);

-- name: few_files
-- Where few files have such a name, or are in such a folder, all of them are found, by the pairs of characters in
-- the name or by the folder, and sorted.
SELECT id, CASE %(sort)s::text WHEN 'name' THEN lower(name) WHEN 'largest' THEN size_bytes::text ELSE '' END AS key
FROM (
    SELECT id, tenant, name, folder, size_bytes, status, doubted
    FROM files
    WHERE NOT %(by_folder)s::boolean AND name_pairs(name) @> name_pairs(%(part)s)
    UNION ALL
    SELECT id, tenant, name, folder, size_bytes, status, doubted
    FROM files
    WHERE %(by_folder)s::boolean AND tenant = %(tenant)s
      AND folder >= %(folder)s::text AND folder < %(folder)s::text || '0'
) AS few
WHERE (%(name)s::text IS NULL OR name ILIKE %(name)s::text)
  AND (%(folder)s::text IS NULL OR folder = %(folder)s::text OR folder ^@ (%(folder)s::text || '/'))
  AND tenant = %(tenant)s
  AND ARRAY[status || doubted] <@ ARRAY(
      SELECT listed.status || listed.doubted
      FROM unnest(%(statuses)s::text[], %(doubted)s::boolean[]) AS listed (status, doubted)
  )
  AND id BETWEEN %(first_id)s::uuid AND %(last_id)s::uuid
  AND (%(id)s::uuid IS NULL OR CASE %(sort)s::text
       WHEN 'newest' THEN id < %(id)s::uuid
       WHEN 'oldest' THEN id > %(id)s::uuid
       WHEN 'name' THEN (lower(name), id) > (%(key)s::text, %(id)s::uuid)
       ELSE (size_bytes, id) < (%(key)s::text::bigint, %(id)s::uuid)
  END)
ORDER BY CASE %(sort)s::text WHEN 'name' THEN lower(name) END,
         CASE %(sort)s::text WHEN 'largest' THEN size_bytes END DESC,
         CASE WHEN %(sort)s::text IN ('oldest', 'name') THEN id END,
         id DESC
LIMIT %(limit)s;

-- name: count_files
-- Of each state, with and without pages to look at; of very many only the newest, as somebody waits for it.
SELECT listed.status, listed.doubted, file.*
FROM unnest(%(statuses)s::text[], %(doubted)s::boolean[]) AS listed (status, doubted)
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE fits) AS files,
           coalesce(sum(page_count) FILTER (WHERE fits), 0)::bigint AS pages,
           coalesce(sum(size_bytes) FILTER (WHERE fits), 0)::bigint AS size_bytes,
           count(*) < %(most)s AS is_whole
    FROM (
        SELECT page_count, size_bytes, (%(name)s::text IS NULL OR name ILIKE %(name)s::text)
               AND (%(folder)s::text IS NULL OR folder = %(folder)s::text OR folder ^@ (%(folder)s::text || '/')) AS fits
        FROM files
        WHERE tenant = %(tenant)s AND files.status = listed.status AND files.doubted = listed.doubted
          AND id BETWEEN %(first_id)s::uuid AND %(last_id)s::uuid
        ORDER BY id DESC NULLS LAST
        LIMIT %(most)s
    ) AS newest
) AS file;

-- name: folders_below
-- Found folder by folder in steps of an index, however many files are in each, and then counted. After a
-- folder itself come the ones below it and those whose names go on otherwise ("a", "a b", "a/c"), so it may be
-- met twice; behind all that is below it ("/" is followed by "0") stands the next. Nothing of a folder's name is
-- below chr(32).
WITH RECURSIVE met (folder, path, place) AS (
    SELECT folder, %(below)s || split_part(substr(folder, length(%(below)s) + 1), '/', 1), 1
    FROM (SELECT folder FROM files WHERE tenant = %(tenant)s AND folder >= %(below)s ORDER BY folder LIMIT 1) AS first
    WHERE folder ^@ %(below)s
    UNION ALL
    SELECT next.folder, %(below)s || split_part(substr(next.folder, length(%(below)s) + 1), '/', 1), place + 1
    FROM met
    CROSS JOIN LATERAL (
        SELECT files.folder
        FROM files
        WHERE tenant = %(tenant)s AND files.folder >= met.path || CASE WHEN met.folder = met.path THEN chr(1) ELSE '0' END
        ORDER BY files.folder
        LIMIT 1
    ) AS next
    WHERE next.folder ^@ %(below)s AND place < 2 * %(most_folders)s
)
SELECT path AS folder,
       least(%(most)s,
             (SELECT count(*) FROM (SELECT FROM files WHERE tenant = %(tenant)s AND files.folder = path LIMIT %(most)s) AS itself)
             + (SELECT count(*)
                FROM (SELECT FROM files
                      WHERE tenant = %(tenant)s AND files.folder >= path || '/' AND files.folder < path || '0'
                      LIMIT %(most)s) AS below)) AS files
FROM (SELECT DISTINCT path FROM met ORDER BY path LIMIT %(most_folders)s) AS named
ORDER BY path;

-- name: keep_versions
-- What is about to be replaced; one that was restored is kept already.
INSERT INTO page_versions (page_id, version, text, words, provenance, model, prompt, prompt_tokens, completion_tokens,
                           cost_usd, reading_at, read_at, doubts, turned_degrees, confidence, places, verification, read_with)
SELECT id, version, text, words, provenance, model, prompt, prompt_tokens, completion_tokens, cost_usd, reading_at,
       CASE WHEN provenance = 'person' THEN reading_at ELSE finished_at END, doubts, turned_degrees, confidence, places, verification, read_with
FROM pages
WHERE file_id = %(file_id)s AND number = ANY (%(numbers)s::integer[]) AND text IS NOT NULL AND version > 0
ON CONFLICT (page_id, version) DO NOTHING;

-- name: lock_for_change
-- Whoever changes a file's pages locks its row first.
SELECT id, status, generation, name, size_bytes, sha256, tenant, page_count, uploaded_at IS NOT NULL AS has_bytes,
       reader, language, model, text_layer, verify, max_cost_usd
FROM files
WHERE id = %(file_id)s AND (%(tenant)s::text IS NULL OR tenant = %(tenant)s)
FOR UPDATE;

-- name: set_ceiling
UPDATE files SET max_cost_usd = %(max_cost_usd)s WHERE id = %(file_id)s;

-- name: set_keeping
UPDATE files
SET keep_days = %(keep_days)s::integer, delete_at = now() + make_interval(days => %(keep_days)s::integer)
WHERE id = %(file_id)s;

-- name: usual_keep_days
SELECT keep_days FROM tenant_keeping WHERE tenant = %(tenant)s;

-- name: set_usual_keep_days
INSERT INTO tenant_keeping (tenant, keep_days)
VALUES (%(tenant)s, %(keep_days)s)
ON CONFLICT (tenant) DO UPDATE SET keep_days = excluded.keep_days;

-- name: drop_usual_keep_days
DELETE FROM tenant_keeping WHERE tenant = %(tenant)s;

-- name: cancel_pages
-- A page that was only to be read once more keeps the text it has.
UPDATE pages
SET status = CASE WHEN text IS NULL THEN 'failed' ELSE 'read' END, waiting_for = NULL, waiting_code = NULL, waiting_since = NULL,
    error_code = CASE WHEN text IS NULL THEN 'cancelled' END,
    error = CASE WHEN text IS NULL THEN 'cancelled before it was read' END, finished_at = now()
WHERE file_id = %(file_id)s AND status IN ('pending', 'rendered');

-- name: cancel_file
UPDATE files
SET status = 'cancelled', error_code = 'cancelled', error = 'somebody cancelled it', finished_at = now()
WHERE id = %(file_id)s AND status IN ('uploaded', 'reading');

-- name: finished_pages
SELECT number, status, text IS NOT NULL AND provenance IS NOT DISTINCT FROM 'person' AS corrected FROM pages WHERE file_id = %(file_id)s AND status IN ('failed', 'read') ORDER BY number;

-- name: begin_generation
UPDATE files
SET generation = generation + 1, language = %(language)s, status = CASE WHEN page_count IS NULL THEN 'uploaded' ELSE 'reading' END,
    error_code = NULL, error = NULL, begun_at = now(), finished_at = NULL, share = 0, announced_pages = 0, announced_again = 0, announced_again_at = now(),
    look_at = now() + make_interval(secs => %(sweep_after_s)s)
WHERE id = %(file_id)s AND status NOT IN ('announced', 'deleted')
RETURNING generation;

-- name: retry_pages
-- The chosen ones start anew: those that were read have an image already, and keep their text until
-- there is another. Those that wait anyway are carried into the new generation where they stand, as
-- results of the old one count no more. Whoever has a page read once more wants another text than the
-- one that it carries, unless he says so. What it carries is looked for with its image, if nobody wanted it
-- until now.
UPDATE pages
SET generation = %(generation)s, refused_at = NULL, waiting_for = NULL, waiting_code = NULL, waiting_since = NULL,
    announced_at = NULL, failures = 0, failing_since = NULL, failed_at = NULL, error_code = NULL, error = NULL,
    attempts = NULL, finished_at = NULL,
    status = CASE status WHEN 'failed' THEN 'pending' WHEN 'read' THEN CASE
        WHEN text_unsought AND (
            %(text_layer)s::text <> 'never' OR coalesce(%(verify)s::text, wanted_verify, %(usual_verify)s::text) <> 'never'
        ) THEN 'pending' ELSE 'rendered' END ELSE status END,
    rendered_at = CASE WHEN status = 'failed' THEN NULL ELSE rendered_at END,
    wanted_text_layer = CASE WHEN status IN ('pending', 'rendered') THEN wanted_text_layer
        ELSE coalesce(%(text_layer)s::text, CASE status WHEN 'read' THEN 'never' END, wanted_text_layer) END,
    wanted_describe = wanted_describe OR (status IN ('failed', 'read') AND %(describe)s::boolean),
    from_layer = CASE status WHEN 'pending' THEN false WHEN 'rendered' THEN from_layer ELSE coalesce(
        CASE %(text_layer)s::text WHEN 'always' THEN layer_verdict IS NOT NULL WHEN 'auto' THEN layer_verdict = 'trusted' END, false) END,
    reader = CASE WHEN status IN ('failed', 'read') THEN coalesce(%(reader)s, (SELECT files.reader FROM files WHERE files.id = file_id))
        ELSE reader END,
    fell_back = fell_back AND status IN ('pending', 'rendered'),
    tries = CASE WHEN status IN ('pending', 'rendered') THEN tries ELSE 0 END,
    escalated = escalated AND status IN ('pending', 'rendered'), verification_wanted = false,
    wanted_verify = CASE WHEN status IN ('failed', 'read') THEN coalesce(%(verify)s, wanted_verify) ELSE wanted_verify END,
    wanted_on_doubt = CASE WHEN status IN ('failed', 'read') THEN coalesce(%(on_doubt)s, wanted_on_doubt) ELSE wanted_on_doubt END,
    wanted_prompt = CASE WHEN status IN ('failed', 'read') THEN coalesce(%(prompt)s, wanted_prompt) ELSE wanted_prompt END,
    wanted_model = CASE WHEN status IN ('failed', 'read') THEN coalesce(%(model)s, wanted_model) ELSE wanted_model END
WHERE file_id = %(file_id)s
  AND (status IN ('pending', 'rendered') OR number = ANY (%(numbers)s::integer[]));

-- name: want_verification
-- Of texts that a reader, or the page itself, has told; what a person wrote stands for itself. What Tesseract
-- has read can be held only against what the page carries itself.
UPDATE pages
SET verification_wanted = true
WHERE file_id = %(file_id)s AND status = 'read' AND provenance IN ('model', 'cache', 'text_layer', 'mixed')
  AND (%(numbers)s::integer[] IS NULL OR number = ANY (%(numbers)s::integer[]))
RETURNING number, text_unsought,
          text_unsought OR provenance IN ('text_layer', 'mixed') OR coalesce(model, '') NOT LIKE 'tesseract-%%'
          OR (layer_sha256 IS NOT NULL AND layer_verdict IS DISTINCT FROM 'refused') AS second_reader;

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
SELECT fingerprint, file_ids, created_at
FROM creations
WHERE tenant = %(tenant)s AND key = %(key)s AND created_at > now() - interval '1 day';

-- name: forget_old_creations
DELETE FROM creations WHERE created_at <= now() - interval '1 day';

-- name: keep_creation
INSERT INTO creations (tenant, key, fingerprint, file_ids)
VALUES (%(tenant)s, %(key)s, %(fingerprint)s, %(file_ids)s);

-- name: forget_creation_of_nothing
-- Its file was let go of before its bytes came, so what made it is free to make another.
DELETE FROM creations
WHERE tenant = %(tenant)s AND key = %(key)s AND NOT EXISTS (
    SELECT FROM files WHERE id = ANY (file_ids) AND (status <> 'deleted' OR uploaded_at IS NOT NULL)
);

-- name: taken_object
SELECT file_id FROM bucket_objects WHERE tenant = %(tenant)s AND sha256 = %(sha256)s;

-- name: forget_taken_objects
-- No server sends a notification again after so long; their queues keep it for 14 days.
DELETE FROM bucket_objects WHERE taken_at < now() - interval '30 days';

-- name: keep_taken_object
INSERT INTO bucket_objects (tenant, sha256, file_id)
VALUES (%(tenant)s, %(sha256)s, %(file_id)s)
ON CONFLICT DO NOTHING;
