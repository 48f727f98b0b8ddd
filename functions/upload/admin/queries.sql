-- name: dead_letters
SELECT id, function, error_code, error, attempts, headers::text AS headers, body, created_at, replays, replayed_at
FROM dead_letters
WHERE %(before)s::timestamptz IS NULL OR created_at < %(before)s::timestamptz
ORDER BY created_at DESC, id
LIMIT %(limit)s;

-- name: take_dead_letter
UPDATE dead_letters
SET replays = replays + 1, replayed_at = now()
WHERE id = %(id)s
RETURNING id, function, error_code, error, attempts, headers::text AS headers, body, created_at, replays, replayed_at;

-- name: unconfirmed_files
SELECT id
FROM files
WHERE status = 'announced' AND created_at < now() - make_interval(secs => %(older_s)s)
ORDER BY id;

-- name: known_files
-- Tombstones are known: their objects are being removed.
SELECT id FROM files WHERE id = ANY (%(ids)s::uuid[]);

-- name: create_token
INSERT INTO tokens (name, tenant, scopes, sha256, expires_at)
VALUES (%(name)s, %(tenant)s, %(scopes)s, %(sha256)s, now() + make_interval(days => %(days)s))
RETURNING id, name, tenant, scopes, created_at, expires_at, last_used_at, NULL::float8 AS max_cost_usd_per_day,
    NULL::bigint AS max_pages_per_day, NULL::bigint AS max_stored_bytes, 0::float8 AS spent_today_usd;

-- name: newest_tokens
SELECT id, name, tenant, scopes, created_at, expires_at, last_used_at, max_cost_usd_per_day, max_pages_per_day, max_stored_bytes,
       coalesce((SELECT spent_usd FROM budgets
                 WHERE scope = 'token ' || id AND day = (now() AT TIME ZONE 'utc')::date), 0)::float8 AS spent_today_usd
FROM tokens
LEFT JOIN token_limits ON token_id = id
ORDER BY id DESC;

-- name: token_by_id
SELECT id, name, tenant, scopes, created_at, expires_at, last_used_at, max_cost_usd_per_day, max_pages_per_day, max_stored_bytes,
       coalesce((SELECT spent_usd FROM budgets
                 WHERE scope = 'token ' || id AND day = (now() AT TIME ZONE 'utc')::date), 0)::float8 AS spent_today_usd
FROM tokens
LEFT JOIN token_limits ON token_id = id
WHERE id = %(id)s;

-- name: set_limits
INSERT INTO token_limits (token_id, max_cost_usd_per_day, max_pages_per_day, max_stored_bytes)
VALUES (%(token_id)s, %(max_cost_usd_per_day)s, %(max_pages_per_day)s, %(max_stored_bytes)s)
ON CONFLICT (token_id) DO UPDATE
SET max_cost_usd_per_day = excluded.max_cost_usd_per_day, max_pages_per_day = excluded.max_pages_per_day,
    max_stored_bytes = excluded.max_stored_bytes;

-- name: spent_today
SELECT spent_usd::float8 FROM budgets WHERE scope = %(scope)s AND day = (now() AT TIME ZONE 'utc')::date;

-- name: revoke_token
DELETE FROM tokens WHERE id = %(id)s;

-- name: webhooks
SELECT id, url, types, created_at, failing_since, disabled_at, disabled_reason
FROM webhooks
WHERE tenant = %(tenant)s
ORDER BY id;

-- name: create_webhook
INSERT INTO webhooks (tenant, url, secret, types)
VALUES (%(tenant)s, %(url)s, %(secret)s, %(types)s)
RETURNING id, url, types, created_at, failing_since, disabled_at, disabled_reason;

-- name: delete_webhook
DELETE FROM webhooks WHERE id = %(id)s AND tenant = %(tenant)s;

-- name: enable_webhook
UPDATE webhooks
SET failing_since = NULL, disabled_at = NULL, disabled_reason = NULL
WHERE id = %(id)s AND tenant = %(tenant)s;

-- name: notifications
-- Those to Telegram belong to no tenant.
SELECT event_id, type, sent_at, took_s, delivered, outcome
FROM notifications
WHERE destination = %(destination)s AND tenant IN (%(tenant)s, '')
ORDER BY id DESC
LIMIT %(limit)s;
