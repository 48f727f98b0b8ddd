-- name: keep_digest
-- Of a file that was opened before its bytes were hashed there.
UPDATE files
SET sha256 = %(sha256)s
WHERE id = %(file_id)s AND sha256 IS NULL;

-- name: pages_to_report
-- Texts are hashed where they are, and none leaves the database for it.
SELECT id, number, status, encode(sha256(convert_to(text, 'UTF8')), 'hex') AS text_sha256, length(text) AS characters,
       provenance, model, encode(sha256(convert_to(prompt, 'UTF8')), 'hex') AS prompt_sha256, read_with, doubts, verification,
       confidence, turned_degrees, layer_verdict, image_sha256, version, versions, attempts, prompt_tokens, completion_tokens,
       cost_usd, rendered_at, reading_at, finished_at, error_code, error
FROM pages
WHERE file_id = %(file_id)s AND number > %(after)s
ORDER BY number
LIMIT %(limit)s;

-- name: versions_to_report
-- The newest of each page first, and no further than is of use.
SELECT page_id, version, text_sha256, characters, provenance, model, read_with, verification, cost_usd, read_at
FROM unnest(%(page_ids)s::uuid[]) AS page (id)
CROSS JOIN LATERAL (
    SELECT page_id, earlier.version, encode(sha256(convert_to(earlier.text, 'UTF8')), 'hex') AS text_sha256,
           length(earlier.text) AS characters, earlier.provenance, earlier.model, earlier.read_with, earlier.verification,
           earlier.cost_usd, earlier.read_at
    FROM page_versions AS earlier
    JOIN pages ON pages.id = page_id
    WHERE page_id = page.id AND earlier.version <> pages.version
    ORDER BY earlier.version DESC
    LIMIT 50
) AS kept;

-- name: note_report_key
INSERT INTO report_keys (fingerprint, public_key)
VALUES (%(fingerprint)s, %(public_key)s)
ON CONFLICT (fingerprint) DO NOTHING;

-- name: report_keys
SELECT public_key
FROM report_keys
ORDER BY first_used_at DESC, fingerprint;
