-- A database as full as one that has been used for years.

-- name: paragraphs
-- Of words as frequent as in life: the first are stop words, the others made up, 20,000 for each
-- language.
CREATE TEMPORARY TABLE paragraphs AS
SELECT language, place, text, to_tsvector(language::regconfig, text) AS search
FROM unnest(%(languages)s::text[], %(stop_words)s::text[]) AS given (language, listed)
CROSS JOIN LATERAL (SELECT string_to_array(listed, ' ') AS common) AS split
CROSS JOIN generate_series(0, 499) AS place
CROSS JOIN LATERAL (
    SELECT string_agg(coalesce(common[rank], translate(substr(md5(language || rank), 1, 4 + rank %% 6), '0123456789', 'aeioulnrst')), ' ') AS text
    FROM (SELECT ceil(power(20000, random() + 0 * (place + nth)))::integer AS rank FROM generate_series(1, %(words)s) AS nth) AS drawn
) AS written;

-- name: files
INSERT INTO files (id, tenant, name, folder, size_bytes, status, page_count, created_at, uploaded_at, finished_at, look_at, token_id)
SELECT uuidv7((n - %(files)s) * interval '1 minute'),
       CASE WHEN n %% 10 = 0 THEN 'other' ELSE 'default' END,
       substr(md5('name' || n), 1, 6) || '-' || n || CASE WHEN n %% 3 = 0 THEN '-scan.pdf' ELSE '-letter.pdf' END,
       CASE WHEN n / 70 %% 10 <> 0 THEN 'shelf/box ' || n / 140 END,
       1000 + n * 7919::bigint %% 1000000,
       CASE WHEN n %% 200 = 7 THEN 'failed' WHEN n %% 300 = 11 THEN 'incomplete' WHEN n %% 500 = 3 THEN 'reading' ELSE 'completed' END,
       100, at, at, at, at + interval '1 day', uuidv7()
FROM generate_series(1, %(files)s) AS n, LATERAL (SELECT now() + (n - %(files)s) * interval '1 minute' AS at) AS made;

-- name: pages
-- Each of two paragraphs, a word that every page has, and one that no other has.
INSERT INTO pages (id, file_id, number, generation, status, image_key, image_sha256, image_width_px, image_height_px, text, provenance,
                   model, prompt_tokens, completion_tokens, cost_usd, created_at, rendered_at, finished_at, version, versions, announced_at,
                   doubts, confidence, search_language, search)
SELECT gen_random_uuid(), file.id, number, 1, status, 'pages/' || number, md5(page::text) || md5(file.id::text), 1100, 1568,
       CASE WHEN status = 'read' THEN format('%%s %%s lighthouse seal%%s', first.text, second.text, page) END, CASE WHEN status = 'read' THEN 'model' END,
       'a-model', 900, 300, 0.001, file.created_at, file.created_at, CASE WHEN status = 'read' THEN file.created_at END,
       (status = 'read')::integer, (status = 'read')::integer, CASE WHEN number < 8 THEN now() END,
       CASE WHEN page %% 1003 = 0 THEN '{"low_confidence": "it is not sure"}'::jsonb ELSE '{}' END, 50 + page %% 50,
       CASE WHEN status = 'read' THEN first.language END, CASE WHEN status = 'read' THEN first.search || second.search || extra END
FROM (SELECT id, created_at, status AS file_status, row_number() OVER (ORDER BY id) - 1 AS place FROM files) AS file
CROSS JOIN generate_series(1, %(per_file)s) AS number
CROSS JOIN LATERAL (SELECT place * %(per_file)s + number AS page,
                           CASE WHEN file_status = 'reading' AND number > 4 THEN 'rendered' ELSE 'read' END AS status) AS counted
CROSS JOIN LATERAL (SELECT (ARRAY['english', 'english', 'spanish', 'german', 'french'])[1 + place %% 5] AS spoken) AS of_file
JOIN paragraphs AS first ON first.language = spoken AND first.place = page * 7919 %% 500
JOIN paragraphs AS second ON second.language = spoken AND second.place = (page * 104729 + page / 500) %% 500
CROSS JOIN LATERAL (SELECT to_tsvector(spoken::regconfig, 'lighthouse') || format('seal%%s:3', page)::tsvector AS extra) AS own;

-- name: doubted_files
UPDATE files SET doubted = true
WHERE id IN (SELECT file_id FROM pages WHERE text IS NOT NULL AND doubts <> '{}');

-- name: outbox
INSERT INTO outbox (id, position, type, source, subject, data, created_at, published_at)
OVERRIDING SYSTEM VALUE SELECT gen_random_uuid(), n, 'lector.page.read', '/llm', (SELECT id::text FROM files OFFSET n %% 100 LIMIT 1), '{}', now(),
CASE WHEN n <= 19900 THEN now() END
FROM generate_series(1, 20000) AS n;

-- name: page_versions
INSERT INTO page_versions (page_id, version, text, provenance, read_at)
SELECT id, 0 + number, 'earlier', 'model', now() FROM pages WHERE number <= 5;

-- name: readings
INSERT INTO readings (key, text, model, image_sha256, created_at)
SELECT md5(n::text), 'text', 'm', md5(n::text), now() - n * interval '1 minute' FROM generate_series(1, 10000) AS n;

-- name: budgets
INSERT INTO budgets (scope, day, spent_usd) SELECT 'file ' || id, '-infinity', 0.1 FROM files;

-- name: budgets_of_days
INSERT INTO budgets (scope, day, spent_usd) SELECT 'tenant t' || n, current_date - n %% 300, 0.1
FROM generate_series(1, 30000) AS n;

-- name: reservations
INSERT INTO reservations (page_id, file_id, delivery, day, usd)
SELECT id, file_id, gen_random_uuid(), current_date, 0.1 FROM pages ORDER BY id LIMIT 1500;

-- name: notifications
INSERT INTO notifications (tenant, destination, event_id, type, took_s, delivered, outcome, sent_at)
SELECT 'default', 'w' || n %% 50, n::text, 'lector.page.read', 0.1, true, '200', now() - n * interval '1 minute'
FROM generate_series(1, 10000) AS n;

-- name: dead_letters
INSERT INTO dead_letters (id, function, error_code, error, attempts, headers, body, created_at)
SELECT gen_random_uuid(), 'llm', 'x', 'y', 1, '{}', '', now() - n * interval '1 minute' FROM generate_series(1, 5000) AS n;

-- name: bucket_objects
INSERT INTO bucket_objects (tenant, sha256, file_id, taken_at)
SELECT 'default', encode(sha256(convert_to('object ' || n, 'UTF8')), 'hex'), uuidv7(), now() - n * interval '1 minute'
FROM generate_series(1, 5000) AS n;

-- name: creations
INSERT INTO creations (tenant, key, fingerprint, file_ids, created_at)
SELECT 'default', n::text, 'f', '{}', now() - n * interval '1 second' FROM generate_series(1, 5000) AS n;

-- name: tokens
INSERT INTO tokens (name, tenant, scopes, sha256)
SELECT 'n', 'default', '{read}', md5(n::text) FROM generate_series(1, 3000) AS n;

-- name: token_limits
INSERT INTO token_limits (token_id) SELECT id FROM tokens;
