-- name: pages_of_file
SELECT id, number, status, CASE WHEN %(with_text)s::boolean THEN text END AS text, error_code, error, waiting_for,
       waiting_code, coalesce(waiting_since, refused_at) AS waiting_since,
       attempts, generation, provenance, doubts, turned_degrees, confidence, verification, verification_wanted AS being_verified, layer_verdict, layer_reason, model, prompt, version, versions, prompt_tokens, completion_tokens, cost_usd,
       image_key, image_width_px, image_height_px, created_at, rendered_at, reading_at, finished_at, render_s
FROM pages
WHERE file_id = %(file_id)s AND number > %(after)s
  AND (%(corrected)s::boolean IS NULL OR (provenance IS NOT DISTINCT FROM 'person') = %(corrected)s::boolean)
  AND (%(status)s::text IS NULL OR status = %(status)s::text)
  AND (%(doubted)s::boolean IS NULL OR (text IS NOT NULL AND doubts <> '{}') = %(doubted)s::boolean)
ORDER BY number
LIMIT %(limit)s;

-- name: places_of_page
-- Of the version that is shown. The text as the search shows it: hits between the characters 2 and 3,
-- which no text contains. In place of < and > stand two private characters, as a headline leaves out
-- what looks like a tag.
SELECT places, CASE WHEN places IS NULL THEN words END AS words, CASE WHEN %(query)s::text IS NOT NULL THEN ts_headline(
           search_language::regconfig, translate(text, '<>', chr(57344) || chr(57345)), search_query(search_language::regconfig, %(query)s::text),
           'HighlightAll=true, StartSel=' || chr(2) || ', StopSel=' || chr(3)) END AS marked
FROM pages
WHERE id = %(page_id)s AND version = %(version)s;

-- name: texts_of_file
-- Where words stand takes as much as the text, and is read only where it is wanted.
SELECT number, text, provenance, doubts, turned_degrees, confidence, verification,
       CASE WHEN %(with_words)s::boolean THEN places END AS places,
       CASE WHEN %(with_words)s::boolean AND places IS NULL THEN words END AS words
FROM pages
WHERE file_id = %(file_id)s AND text IS NOT NULL
ORDER BY number;

-- name: bound_search
-- For its transaction: how long a statement takes, and that pages are not looked at one after the other
-- where an index can tell, as PostgreSQL takes a look at all words of a page for cheap.
SELECT set_config('statement_timeout', %(timeout_ms)s::text, true) || set_config('enable_seqscan', 'off', true) AS bounds;

-- name: plan_search
-- Each page is searched in its own language, so that word forms are found: the query in each language
-- that occurs, of which the index tells in a step for each, all of them as one, and how many pages that
-- will find.
WITH RECURSIVE occurring AS (
    (SELECT search_language AS language FROM pages WHERE search_language IS NOT NULL ORDER BY search_language LIMIT 1)
    UNION ALL
    SELECT (SELECT search_language FROM pages WHERE search_language > language ORDER BY search_language LIMIT 1)
    FROM occurring
    WHERE language IS NOT NULL
), asked AS MATERIALIZED (
    SELECT language, search_query(language::regconfig, %(query)s::text) AS query
    FROM occurring
    WHERE language IS NOT NULL AND (%(language)s::text IS NULL OR language = %(language)s::text)
), whole AS MATERIALIZED (
    SELECT array_agg(language) AS languages, array_agg(query::text) AS queries,
           string_agg(DISTINCT '(' || query::text || ')', ' | ') AS any_query
    FROM asked
    WHERE numnode(query) > 0
)
SELECT languages, queries, any_query, matches, pages
FROM whole
CROSS JOIN LATERAL estimate_matches(any_query::tsquery, languages)
WHERE languages IS NOT NULL;

-- name: search_pages
-- The newest matches, by the index of all words, or, `one_by_one`, by looking at the newest pages until
-- there are enough: which is less work is known before. Only these are ranked. OFFSET 0: rows of both
-- tables are fetched by their ids, one for each match, whatever their number is guessed to be. Of those that
-- are ranked, the text is looked at where a phrase is wanted: the index knows stems alone. The collation
-- knows the letters of all languages, whatever that of the database is.
WITH matching AS MATERIALIZED (
    SELECT pages.id, file_id, number
    FROM pages
    WHERE NOT %(one_by_one)s::boolean AND search @@ %(any_query)s::tsquery AND search_language = ANY (%(languages)s::text[])
      AND (NOT %(exact)s::boolean
           OR search @@ (%(queries)s::text[]::tsquery[])[array_position(%(languages)s::text[], search_language)])
), newest AS MATERIALIZED (
    (
        SELECT matching.id, name, folder
        FROM matching
        CROSS JOIN LATERAL (SELECT name, folder, tenant, status, created_at FROM files WHERE id = file_id OFFSET 0) AS file
        WHERE tenant = %(tenant)s AND status <> 'deleted'
          AND (%(folder)s::text IS NULL OR folder = %(folder)s::text OR folder ^@ (%(folder)s::text || '/'))
          AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s::timestamptz)
          AND (%(until)s::timestamptz IS NULL OR created_at < %(until)s::timestamptz)
        ORDER BY file_id DESC, number
        LIMIT %(most)s::integer + 1
    )
    UNION ALL
    (
        SELECT looked_at.id, name, folder
        FROM (
            SELECT page.id, name, folder, search, search_language
            FROM (
                SELECT id, name, folder
                FROM files
                WHERE %(one_by_one)s::boolean AND tenant = %(tenant)s AND status <> 'deleted'
                  AND (%(file_id)s::uuid IS NULL OR id = %(file_id)s::uuid)
                  AND (%(folder)s::text IS NULL OR folder = %(folder)s::text OR folder ^@ (%(folder)s::text || '/'))
                  AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s::timestamptz)
                  AND (%(until)s::timestamptz IS NULL OR created_at < %(until)s::timestamptz)
                  AND (%(first_id)s::uuid IS NULL OR id >= %(first_id)s::uuid)
                  AND (%(last_id)s::uuid IS NULL OR id <= %(last_id)s::uuid)
                ORDER BY id DESC
            ) AS file
            CROSS JOIN LATERAL (SELECT id, search, search_language FROM pages WHERE file_id = file.id OFFSET 0) AS page
            LIMIT %(most_looked_at)s
        ) AS looked_at
        WHERE search @@ (%(queries)s::text[]::tsquery[])[array_position(%(languages)s::text[], search_language)]
        LIMIT %(most)s::integer + 1
    )
), ranked AS (
    SELECT id, file_id, name, folder, number, doubts, text, language, query, ts_rank_cd(search, query, 33)::float8 AS rank
    FROM (SELECT * FROM newest LIMIT %(most)s::integer) AS newest
    CROSS JOIN LATERAL (
        SELECT file_id, number, doubts, text, search, search_language FROM pages WHERE pages.id = newest.id OFFSET 0
    ) AS page
    JOIN unnest(%(languages)s::text[], %(queries)s::text[]::tsquery[]) AS asked (language, query) ON language = search_language
    WHERE (%(one_by_one)s::boolean OR search @@ query)
      AND (%(phrases)s::text[] IS NULL OR text COLLATE pg_c_utf8 ~* ALL (%(phrases)s::text[]))
)
SELECT id, file_id, name AS file_name, folder AS file_folder, number, rank, doubts, (SELECT count(*) FROM newest) AS matches,
       ts_headline(language::regconfig,
                   translate(coalesce(around, left(text, 200000)), '<>', chr(57344) || chr(57345)), search_query(language::regconfig, %(rest)s::text),
                   CASE WHEN around IS NULL THEN 'MaxFragments=2, MaxWords=24, MinWords=8, FragmentDelimiter=" … "' ELSE 'HighlightAll=true' END
                   || ', StartSel=' || chr(2) || ', StopSel=' || chr(3)) AS marked
FROM (
    SELECT *
    FROM ranked
    WHERE %(rank)s::float8 IS NULL OR (rank, id) < (%(rank)s::float8, %(after)s::uuid)
    ORDER BY rank DESC, id DESC
    LIMIT %(limit)s
) AS best
CROSS JOIN LATERAL (SELECT substring(text COLLATE pg_c_utf8 FROM %(snippet)s::text) AS around OFFSET 0) AS phrase
ORDER BY rank DESC, id DESC;

-- name: bound_suggestions
-- Of a word on very many pages the index names some, at random: enough to see that there are any.
SELECT set_config('gin_fuzzy_search_limit', '2000', true) AS bounds;

-- name: known_words
-- Those that are on a page of the tenant, on how many of at most a hundred, and the text of one.
SELECT words, count(*)::integer AS pages, (array_agg(left(text, 20000)))[1] AS text
FROM (
    SELECT language, plainto_tsquery(language::regconfig, word) AS query, array_agg(word) AS words
    FROM unnest(%(languages)s::text[]) AS language
    CROSS JOIN unnest(%(words)s::text[]) AS word
    GROUP BY language, query
) AS asked
CROSS JOIN LATERAL (
    SELECT text
    FROM (SELECT file_id, text, search_language FROM pages WHERE search @@ query OFFSET 0) AS page
    CROSS JOIN LATERAL (SELECT tenant, status FROM files WHERE id = file_id OFFSET 0) AS file
    WHERE numnode(query) > 0 AND search_language = language AND tenant = %(tenant)s AND status <> 'deleted'
    LIMIT 100
) AS found
GROUP BY language, query, words;

-- name: versions_of_page
-- The newest first; the present one is in the page itself.
SELECT pages.version, true AS current, text, provenance, doubts, model, prompt, prompt_tokens, completion_tokens, cost_usd,
       CASE WHEN provenance = 'person' THEN reading_at ELSE finished_at END AS read_at, turned_degrees, confidence, verification
FROM pages
WHERE id = %(page_id)s AND text IS NOT NULL
UNION ALL
SELECT earlier.version, false, earlier.text, earlier.provenance, earlier.doubts, earlier.model, earlier.prompt, earlier.prompt_tokens,
       earlier.completion_tokens, earlier.cost_usd, earlier.read_at, earlier.turned_degrees, earlier.confidence,
       earlier.verification
FROM page_versions AS earlier
JOIN pages ON pages.id = page_id
WHERE page_id = %(page_id)s AND earlier.version <> pages.version
ORDER BY version DESC;

-- name: restore_version
-- A page that failed when it was read again has a text by that; one that waits goes on waiting.
UPDATE pages
SET text = kept.text, words = kept.words, places = kept.places, verification = kept.verification, provenance = kept.provenance, model = kept.model, prompt = kept.prompt,
    prompt_tokens = kept.prompt_tokens, completion_tokens = kept.completion_tokens, cost_usd = kept.cost_usd,
    reading_at = kept.reading_at, version = kept.version, doubts = kept.doubts,
    turned_degrees = kept.turned_degrees, confidence = kept.confidence, read_with = kept.read_with,
    status = CASE WHEN status = 'failed' THEN 'read' ELSE status END,
    error_code = CASE WHEN status = 'failed' THEN NULL ELSE error_code END,
    error = CASE WHEN status = 'failed' THEN NULL ELSE error END
FROM page_versions AS kept
WHERE pages.id = %(page_id)s AND kept.page_id = pages.id AND kept.version = %(version)s
RETURNING pages.number;

-- name: correct_page
-- What a person wrote stands for itself: nothing speaks against it, and no reader is asked for it, nor
-- a second one that somebody wanted for the text before. The image stays turned as it was found to be.
-- Only a page that nobody is reading takes it. When it was written is in `reading_at`: `finished_at` says
-- when readers were done with it, by which others judge whether a reader is there.
UPDATE pages
SET text = %(text)s, words = NULL, places = %(places)s, verification = NULL, read_with = NULL, provenance = 'person', model = NULL, prompt = NULL,
    prompt_tokens = NULL, completion_tokens = NULL, cost_usd = 0, confidence = NULL, attempts = NULL, doubts = '{}',
    reading_at = now(), finished_at = coalesce(finished_at, now()), version = versions + 1, versions = versions + 1,
    status = 'read', error_code = NULL, error = NULL, verification_wanted = false
WHERE id = %(page_id)s AND status IN ('read', 'failed')
RETURNING version;

-- name: settle_file
-- A file of which a failed page got a text after all: is it whole now, and if not, what is missing?
UPDATE files
SET status = CASE WHEN count.unread = 0 THEN 'completed' ELSE 'incomplete' END,
    error_code = CASE WHEN count.unread > 0 THEN 'pages_failed' END,
    error = CASE WHEN count.unread > 0 THEN format('%%s of %%s pages could not be read', count.unread, count.unread + count.read) END
FROM (
    SELECT count(*) FILTER (WHERE status = 'read') AS read, count(*) FILTER (WHERE status <> 'read') AS unread
    FROM pages
    WHERE file_id = %(file_id)s
) AS count
WHERE id = %(file_id)s AND status IN ('incomplete', 'failed') AND count.read > 0;

-- name: doubted_pages
-- In the order of an index, so that no page is looked at that is not shown, but for those of others. A
-- page that is being read once more is not to be looked at now.
SELECT pages.id, file_id, files.name AS file_name, number, doubt_weight(doubts, verification, confidence) AS weight, version, provenance, pages.model,
       confidence, CASE WHEN jsonb_typeof(verification -> 'agreement') = 'number' THEN (verification ->> 'agreement')::float8 END AS agreement, doubts
FROM pages
JOIN files ON files.id = file_id
WHERE text IS NOT NULL AND doubts <> '{}' AND pages.status = 'read' AND tenant = %(tenant)s AND files.status <> 'deleted'
  AND (%(weight)s::float8 IS NULL
       OR (doubt_weight(doubts, verification, confidence), pages.id) < (%(weight)s::float8, %(after)s::uuid))
ORDER BY doubt_weight(doubts, verification, confidence) DESC, pages.id DESC
LIMIT %(limit)s;

-- name: doubted_pages_of_file
SELECT pages.id, file_id, files.name AS file_name, number, doubt_weight(doubts, verification, confidence) AS weight, version, provenance, pages.model,
       confidence, CASE WHEN jsonb_typeof(verification -> 'agreement') = 'number' THEN (verification ->> 'agreement')::float8 END AS agreement, doubts
FROM pages
JOIN files ON files.id = file_id
WHERE file_id = %(file_id)s AND text IS NOT NULL AND doubts <> '{}' AND pages.status = 'read' AND tenant = %(tenant)s
  AND files.status <> 'deleted'
  AND (%(weight)s::float8 IS NULL
       OR (doubt_weight(doubts, verification, confidence), pages.id) < (%(weight)s::float8, %(after)s::uuid))
ORDER BY doubt_weight(doubts, verification, confidence) DESC, pages.id DESC
LIMIT %(limit)s;

-- name: count_doubted
-- No further than anybody wants to know.
SELECT count(*)
FROM (
    SELECT
    FROM pages
    JOIN files ON files.id = file_id
    WHERE text IS NOT NULL AND doubts <> '{}' AND pages.status = 'read' AND tenant = %(tenant)s AND files.status <> 'deleted'
      AND (%(file_id)s::uuid IS NULL OR file_id = %(file_id)s::uuid)
    LIMIT %(most)s
) AS counted;
