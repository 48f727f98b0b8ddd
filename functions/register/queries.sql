-- name: start_reading
UPDATE files
SET status = 'reading', page_count = %(page_count)s, warning = %(warning)s, opened_at = now()
WHERE id = %(file_id)s;

-- name: expect_pages
-- The ledger comes first: every page that will be rendered has its row before.
INSERT INTO pages (id, file_id, number, generation)
SELECT id, %(file_id)s, number, %(generation)s
FROM unnest(%(ids)s::uuid[], %(numbers)s::integer[]) AS page (id, number)
ON CONFLICT (id) DO NOTHING;

-- name: register_image
-- Only a page that waits for its image takes one; a repetition returns no row.
UPDATE pages
SET status = 'rendered', rendered_at = now(), image_key = %(object_key)s, image_sha256 = %(sha256)s,
    image_width_px = %(width_px)s, image_height_px = %(height_px)s
WHERE id = %(page_id)s AND generation = %(generation)s AND status = 'pending'
RETURNING number;

-- name: register_blank
UPDATE pages
SET status = 'read', text = '', provenance = 'blank', rendered_at = now(), finished_at = now(),
    image_key = %(object_key)s, image_sha256 = %(sha256)s,
    image_width_px = %(width_px)s, image_height_px = %(height_px)s
WHERE id = %(page_id)s AND generation = %(generation)s AND status = 'pending'
RETURNING number;

-- name: fail_pages
-- A page that is read stays read, whatever arrives late.
UPDATE pages
SET status = 'failed', waiting_for = NULL, error_code = %(code)s, error = %(detail)s, attempts = %(attempts)s, finished_at = now()
WHERE id = ANY (%(page_ids)s::uuid[]) AND generation = %(generation)s AND status IN ('pending', 'rendered')
RETURNING number;

-- name: fail_file
-- A file fails as a whole only before its ledger stands; after that its pages do.
UPDATE files
SET status = 'failed', error_code = %(code)s, error = %(detail)s, finished_at = now()
WHERE id = %(file_id)s AND status IN ('announced', 'uploaded')
RETURNING status;
