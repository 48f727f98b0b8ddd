-- name: drawn_pages
SELECT number, image_key
FROM pages
WHERE file_id = %(file_id)s AND image_key IS NOT NULL
ORDER BY number;
