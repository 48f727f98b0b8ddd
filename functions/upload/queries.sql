-- name: use_token
-- When it was used is noted once a minute.
WITH noted AS (
    UPDATE tokens
    SET last_used_at = now()
    WHERE sha256 = %(sha256)s AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
)
SELECT id, tenant, scopes, max_cost_usd_per_day, max_pages_per_day, max_stored_bytes
FROM tokens
LEFT JOIN token_limits ON token_id = id
WHERE sha256 = %(sha256)s AND (expires_at IS NULL OR expires_at > now());
