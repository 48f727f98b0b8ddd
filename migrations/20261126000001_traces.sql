-- migrate:up

-- The trace that a file was announced in (W3C Trace Context); NULL where nobody traces. What is done
-- for the file later, by whichever request, goes on in it.
ALTER TABLE files ADD COLUMN traceparent text;
GRANT INSERT (traceparent) ON files TO lector_upload;

-- For metrics: how much waits in the outbox and for how long, and in which state pages wait.
GRANT SELECT (created_at) ON outbox TO lector_bridge;
GRANT SELECT (uploaded_at) ON files TO lector_bridge;
GRANT SELECT (status, created_at, finished_at) ON pages TO lector_bridge;

-- migrate:down

REVOKE SELECT (status, created_at, finished_at) ON pages FROM lector_bridge;
REVOKE SELECT (uploaded_at) ON files FROM lector_bridge;
REVOKE SELECT (created_at) ON outbox FROM lector_bridge;
ALTER TABLE files DROP COLUMN traceparent;
