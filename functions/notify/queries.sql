-- name: subscribed_webhooks
-- The webhooks of a file's tenant that want events of a type; one that is disabled wants none. Nobody
-- is told of the deletion of a file that lives, as in a restored backup, or of a generation to come.
SELECT webhooks.id
FROM files
JOIN webhooks ON webhooks.tenant = files.tenant
WHERE files.id = %(file_id)s AND webhooks.disabled_at IS NULL AND files.generation >= %(generation)s
  AND (%(type)s <> 'lector.files.deleted' OR files.status = 'deleted')
  AND (webhooks.types = '{}' OR %(type)s = ANY (webhooks.types));

-- name: webhook_by_id
SELECT id, tenant, url, secret, disabled_at IS NOT NULL AS disabled
FROM webhooks
WHERE id = %(id)s;

-- name: is_there
-- A file that was deleted is a tombstone, or no row at all once its objects are surely gone.
SELECT EXISTS (SELECT FROM files WHERE id = %(file_id)s AND status <> 'deleted') AS so;

-- name: find_delivered
SELECT id FROM notifications
WHERE destination = %(destination)s AND event_id = %(event_id)s AND delivered;

-- name: record_notification
-- Sent twice at once, it is noted as delivered once.
INSERT INTO notifications (tenant, destination, event_id, type, took_s, delivered, outcome)
VALUES (%(tenant)s, %(destination)s, %(event_id)s, %(type)s, %(took_s)s, %(delivered)s, %(outcome)s)
ON CONFLICT (destination, event_id) WHERE delivered DO NOTHING;

-- name: drop_old_notifications
DELETE FROM notifications
WHERE id IN (SELECT id FROM notifications WHERE sent_at < now() - interval '30 days' ORDER BY sent_at LIMIT 100);

-- name: record_success
UPDATE webhooks SET failing_since = NULL WHERE id = %(id)s AND failing_since IS NOT NULL;

-- name: record_failure
-- Disabled at once, or when nothing has worked for long enough.
UPDATE webhooks
SET failing_since = coalesce(failing_since, now()),
    disabled_at = CASE WHEN %(at_once)s OR failing_since < now() - make_interval(secs => %(after_s)s) THEN now() END,
    disabled_reason = CASE
        WHEN %(at_once)s OR failing_since < now() - make_interval(secs => %(after_s)s) THEN %(reason)s::text
    END
WHERE id = %(id)s AND disabled_at IS NULL;

-- name: record_finished
-- As the file is now; not if it has begun anew since, or is gone.
INSERT INTO finished_files (file_id, generation, tenant, name, status, pages_read, pages_failed, pages_doubted, reason)
SELECT files.id, files.generation, tenant, name, files.status,
       count(*) FILTER (WHERE pages.status = 'read'),
       count(*) FILTER (WHERE pages.status = 'failed'),
       count(*) FILTER (WHERE pages.status = 'read' AND doubts <> '{}'),
       coalesce(files.error, min(pages.error) FILTER (WHERE pages.status = 'failed'))
FROM files
LEFT JOIN pages ON pages.file_id = files.id
WHERE files.id = %(file_id)s AND files.generation = %(generation)s AND files.status <> 'deleted'
GROUP BY files.id
ON CONFLICT DO NOTHING;

-- name: take_finished
-- Of each tenant whose files are all finished, and none of them just now, or whose first has waited long.
DELETE FROM finished_files
WHERE tenant IN (
    SELECT tenant
    FROM finished_files AS noted
    GROUP BY tenant
    HAVING min(noted_at) < now() - make_interval(secs => %(at_most_s)s)
        OR (max(noted_at) < now() - make_interval(secs => %(quiet_s)s)
            AND NOT EXISTS (
                SELECT FROM files WHERE files.tenant = noted.tenant AND files.status IN ('uploaded', 'reading')
            ))
)
RETURNING file_id, generation, tenant, name, status, pages_read, pages_failed, pages_doubted, reason;
