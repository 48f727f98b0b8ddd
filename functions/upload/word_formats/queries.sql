-- name: read_pages
-- The words that a page's PDF carries itself count where they can be trusted.
SELECT number, text, places, CASE WHEN places IS NULL THEN words END AS words, provenance,
       CASE WHEN layer_verdict IN ('trusted', 'mixed') THEN layer_sha256 END AS layer_sha256,
       turned_degrees, confidence, search_language, image_width_px, image_height_px
FROM pages
WHERE file_id = %(file_id)s AND text IS NOT NULL
ORDER BY number;
