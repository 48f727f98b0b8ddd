-- name: wanted
-- There are few webhooks: each is one that somebody has made.
SELECT
    coalesce(bool_or(types = '{}'), false) AS all_types,
    coalesce(array_agg(DISTINCT type) FILTER (WHERE type IS NOT NULL), '{}') AS types
FROM webhooks
LEFT JOIN LATERAL unnest(types) AS type ON true
WHERE disabled_at IS NULL;
