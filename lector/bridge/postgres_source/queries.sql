-- name: anything_to_do
-- Cheap whatever the size of the tables: the first row of a partial index, or none.
SELECT
    EXISTS (SELECT FROM outbox WHERE published_at IS NULL AND refusal IS NULL) AS unpublished,
    EXISTS (
        SELECT FROM files
        WHERE status IN ('announced', 'uploaded', 'reading', 'deleted') AND look_at <= now()
    ) OR EXISTS (SELECT FROM files WHERE delete_at <= now() AND status <> 'deleted') AS due,
    EXISTS (
        SELECT FROM finished_files AS noted
        GROUP BY tenant
        HAVING min(noted_at) < now() - make_interval(secs => %(at_most_s)s)
            OR (max(noted_at) < now() - make_interval(secs => %(quiet_s)s)
                AND NOT EXISTS (
                    SELECT FROM files WHERE files.tenant = noted.tenant AND files.status IN ('uploaded', 'reading')
                ))
    ) AS digest;

-- name: backlog
-- Everything that waits is in a partial index. Nothing is stalled while nothing waits; otherwise it
-- is so since the last page was finished, or since what waits came, whichever is later.
SELECT
    outbox.unpublished, outbox.oldest_s, files.uploaded, pages.pending, pages.rendered,
    coalesce(extract(epoch FROM now() - greatest(least(files.since, pages.since), finished.at)), 0)::float8
        * (files.uploaded + pages.pending + pages.rendered > 0)::int AS stalled_s
FROM (
    SELECT count(*) AS unpublished,
           coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS oldest_s
    FROM outbox
    WHERE published_at IS NULL AND refusal IS NULL
) AS outbox
CROSS JOIN (
    SELECT count(*) AS uploaded, min(uploaded_at) AS since
    FROM files
    WHERE status = 'uploaded' AND status IN ('announced', 'uploaded', 'reading', 'deleted')
) AS files
CROSS JOIN (
    SELECT count(*) FILTER (WHERE status = 'pending') AS pending,
           count(*) FILTER (WHERE status = 'rendered') AS rendered,
           min(created_at) AS since
    FROM pages
    WHERE status IN ('pending', 'rendered') AND waiting_code IS DISTINCT FROM 'budget_exceeded'
) AS pages
CROSS JOIN (SELECT max(finished_at) AS at FROM pages WHERE finished_at IS NOT NULL) AS finished;
