-- name: anything_to_do
-- Cheap whatever the size of the tables: the first row of a partial index, or none.
SELECT
    EXISTS (SELECT FROM outbox WHERE published_at IS NULL AND refusal IS NULL) AS unpublished,
    EXISTS (
        SELECT FROM files
        WHERE status IN ('announced', 'uploaded', 'reading', 'deleted') AND look_at <= now()
    ) AS due;
