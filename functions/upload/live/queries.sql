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


-- name: end_of_look
-- The row behind which nobody looks at once; none if there are not so many.
SELECT outbox.xact::text::bigint AS xact, position
FROM outbox
WHERE (outbox.xact, position) < (%(xact)s::text::xid8, %(position)s)
  AND (%(file_id)s::text IS NULL OR subject = %(file_id)s::text)
ORDER BY outbox.xact DESC, position DESC
OFFSET %(rows)s LIMIT 1;

-- name: past_events
-- Between two places, the newest first. What still runs is left to those who watch.
SELECT outbox.xact::text::bigint AS xact, position, outbox.id, type, source, files.id AS subject,
       files.name AS file_name, outbox.created_at AS time, published_at, data::text AS data
FROM outbox
JOIN files ON files.id = CASE WHEN subject ~ '^[0-9a-f-]{36}$' THEN subject::uuid END
WHERE (outbox.xact, position) < (%(xact)s::text::xid8, %(position)s)
  AND (outbox.xact, position) >= (%(from_xact)s::text::xid8, %(from_position)s)
  AND outbox.xact < pg_snapshot_xmin(pg_current_snapshot())
  AND (%(file_id)s::text IS NULL OR subject = %(file_id)s::text)
  AND (%(type)s::text IS NULL OR type = %(type)s::text)
  AND tenant = %(tenant)s::text
  AND type <> 'lector.notification.requested'  -- of no interest to whoever watches files
ORDER BY outbox.xact DESC, position DESC
LIMIT %(limit)s;

-- name: backlog
-- Of each kind no more than so many are counted. The ledger says of which pages an event is under way.
WITH underway AS MATERIALIZED (
    SELECT id, status FROM files WHERE tenant = %(tenant)s AND status IN ('uploaded', 'reading') ORDER BY id LIMIT %(most)s
)
SELECT (
    SELECT count(*)
    FROM (
        SELECT
        FROM outbox
        JOIN files ON files.id = CASE WHEN subject ~ '^[0-9a-f-]{36}$' THEN subject::uuid END
        WHERE published_at IS NULL AND refusal IS NULL AND tenant = %(tenant)s
        LIMIT %(most)s
    ) AS unsent
) AS unpublished,
    (SELECT count(*) FROM underway WHERE status = 'uploaded') AS to_open,
    count(*) FILTER (WHERE status = 'pending' AND announced_at IS NOT NULL) AS to_draw,
    count(*) FILTER (WHERE status = 'rendered' AND announced_at IS NOT NULL) AS to_read,
    count(*) FILTER (WHERE announced_at IS NULL) AS in_line
FROM (
    SELECT pages.status, announced_at
    FROM underway
    JOIN pages ON file_id = underway.id
    WHERE pages.status IN ('pending', 'rendered')
    LIMIT %(most)s
) AS unfinished;
