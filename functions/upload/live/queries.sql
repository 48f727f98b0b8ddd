-- name: feed_head
-- Where whoever begins to watch now begins: whatever is not committed yet comes behind it.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xact, 0::bigint AS position;

-- name: feed_tail
-- The oldest row that is kept; those that the sink refused stay for ever and say nothing about it.
SELECT xact::text::bigint AS xact, position
FROM outbox
WHERE refusal IS NULL
ORDER BY outbox.xact, position
LIMIT 1;

-- name: feed_after
-- Up to the oldest transaction that still runs: what it may yet commit must not come too late.
SELECT outbox.xact::text::bigint AS xact, position, outbox.id, type, source, files.id AS file_id, tenant,
       data::text AS data, outbox.created_at
FROM outbox
JOIN files ON files.id = CASE WHEN subject ~ '^[0-9a-f-]{36}$' THEN subject::uuid END
WHERE (outbox.xact, position) > (%(xact)s::text::xid8, %(position)s)
  AND outbox.xact < pg_snapshot_xmin(pg_current_snapshot())
  AND (%(until_xact)s::text IS NULL OR (outbox.xact, position) <= (%(until_xact)s::text::xid8, %(until_position)s))
  AND (%(file_id)s::text IS NULL OR subject = %(file_id)s::text)
  AND (%(tenant)s::text IS NULL OR tenant = %(tenant)s::text)
  AND type <> 'lector.notification.requested'  -- of no interest to whoever watches files
ORDER BY outbox.xact, position
LIMIT %(limit)s;
