-- name: anything_unpublished
-- Cheap whatever the size of the outbox: the first row of a partial index, or none.
SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL AND refusal IS NULL) AS unpublished;
