-- name: take_unpublished
-- Rows that another relay holds are passed over. There is no "id > last": transactions commit out
-- of order, and a row that became visible late would be left behind for ever.
SELECT id, type, source, subject, data::text AS data, traceparent, tracestate, created_at
FROM outbox
WHERE published_at IS NULL AND refusal IS NULL
ORDER BY position
LIMIT %(batch)s
FOR UPDATE SKIP LOCKED;

-- name: mark_published
-- Whether other rows wait by now, so that nobody has to look again. The commit is not waited for on
-- disk: after a crash they are published again, under the same ids.
WITH quick AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'off', true)
),
marked AS (
    UPDATE outbox SET published_at = now() WHERE id = ANY (%(ids)s::uuid[])
)
SELECT EXISTS (
    SELECT FROM outbox
    WHERE published_at IS NULL AND refusal IS NULL AND id <> ALL (%(ids)s::uuid[])
) AS more
FROM quick;

-- name: set_aside
UPDATE outbox SET refusal = %(refusal)s WHERE id = %(id)s;

-- name: purge
-- Arrays, because a UNION cannot be locked, and an OR of two subqueries reads the whole table.
DELETE FROM outbox
WHERE id = ANY (
    ARRAY (
        SELECT id FROM outbox
        WHERE published_at < now() - make_interval(secs => %(keep_published_s)s)
        ORDER BY published_at
        LIMIT 1000
        FOR UPDATE SKIP LOCKED
    ) || ARRAY (
        SELECT id FROM outbox
        WHERE refusal IS NOT NULL AND created_at < now() - make_interval(secs => %(keep_refused_s)s)
        ORDER BY created_at
        LIMIT 1000
        FOR UPDATE SKIP LOCKED
    )
);
